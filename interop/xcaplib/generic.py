"""XCAP by software that is not ours, as far as a package registry has any: HTTP by requests, XML and XPath by lxml.

Usage: generic.py ROOT HOST:PORT TOKEN-FILE CA GROUP MEMBER...

An RFC 4825 node selector whose names all have prefixes is an XPath 1.0 expression. So lxml, which evaluates the expression on the
document as it was put, says what the server has to answer for it, and what the document has to be after an edit.
"""

import socket
import sys
from urllib.parse import quote

import requests
from lxml import etree

GROUPS = "org.openmobilealliance.groups"
DOCUMENT = "application/vnd.oma.poc.groups+xml"
ELEMENT = "application/xcap-el+xml"
ATTRIBUTE = "application/xcap-att+xml"
NAMES = {"l": "urn:oma:xml:poc:list-service", "m": "urn:3gpp:ns:mcpttGroupInfo:1.0"}
ERRORS = "urn:ietf:params:xml:ns:xcap-error"


def check(name, holds, why=""):
    print(("ok " if holds else "not ok ") + name + ("" if holds else " " + str(why)))
    if not holds:
        sys.exit(1)


def resolved_to(address):
    """Names of this test resolve to where its server is bound."""
    host, real = address.rsplit(":", 1)[0], socket.getaddrinfo

    def resolve(name, service, *rest, **more):
        return real(host if name.endswith(".example") else name, service, *rest, **more)

    socket.getaddrinfo = resolve


def canonical(element):
    return etree.tostring(element, method="c14n", exclusive=True, with_tail=False)


class Group:
    """A group on the server, and the same document as lxml has it."""

    def __init__(self, root, token, ca, group):
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer " + token
        self.session.verify = ca
        # Whatever certificates and proxies the machine has been given are for others.
        self.session.trust_env = False
        self.root, self.tree = root, None
        self.document = "%s/%s/global/byGroupID/%s" % (root, GROUPS, quote(group, safe=":@"))

    def url(self, selector):
        """The node selector within the document, with the bindings of its prefixes as a query."""
        if selector is None:
            return self.document
        query = "".join("xmlns(%s=%s)" % binding for binding in NAMES.items())
        return "%s/~~%s?%s" % (self.document, quote(selector, safe="/*@=:"), quote(query, safe="()=:"))

    def send(self, method, selector=None, body=None, media=None, **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if media:
            fields["Content-Type"] = media
        return self.session.request(method, self.url(selector), data=body, headers=fields, timeout=20)

    def select(self, selector):
        return self.tree.xpath(selector, namespaces=NAMES)

    def parsed(self, fragment):
        """An element as it stands in the document: the prefixes of the document are bound in it."""
        bound = "".join(
            ' xmlns%s="%s"' % (":" + prefix if prefix else "", uri) for prefix, uri in self.tree.getroot().nsmap.items()
        )
        return etree.fromstring("<w%s>%s</w>" % (bound, fragment))[0]

    def selectors(self, element):
        """Every way in which a node selector can say which element this is."""
        parent = element.getparent()
        above = "" if parent is None else self.selectors(parent)[0]
        name = "/%s:%s" % (
            next(prefix for prefix, uri in NAMES.items() if uri == etree.QName(element).namespace),
            etree.QName(element).localname,
        )
        same = [element] if parent is None else [each for each in parent if each.tag == element.tag]
        place = 1 if parent is None else list(parent).index(element) + 1
        ways = ["%s%s[%d]" % (above, name, same.index(element) + 1), "%s/*[%d]" % (above, place)]
        ways += [above + name] if len(same) == 1 else []
        ways += ['%s%s[@%s="%s"]' % (above, name, attribute, value) for attribute, value in element.attrib.items()]
        return ways

    def same(self, step):
        """The server has what lxml has."""
        got = self.send("GET")
        check(step, canonical(etree.fromstring(got.content)) == canonical(self.tree.getroot()), got.text)
        return got.headers["ETag"]


def reads(group):
    count = 0
    for element in group.tree.getroot().iter(etree.Element):
        for selector in group.selectors(element):
            found = group.select(selector)
            check("6.3 %s is one element" % selector, found == [element])
            got = group.send("GET", selector)
            holds = got.status_code == 200 and canonical(group.parsed(got.text)) == canonical(element)
            check("7.6 GET %s" % selector, holds and got.headers["Content-Type"] == ELEMENT, got.text)
            count += 1
        for name, value in element.attrib.items():
            got = group.send("GET", "%s/@%s" % (group.selectors(element)[0], name))
            check("7.9 GET @%s" % name, got.text == value and got.headers["Content-Type"] == ATTRIBUTE, got.text)
    check("every element is found in each way", count > 15, count)
    for selector in ["/l:group/l:nothing", "/l:group/*[9]", "/m:group", '/l:group/l:list-service[@uri="sip:x@y"]']:
        check("7.6 GET %s" % selector, not group.select(selector) and group.send("GET", selector).status_code == 404)


def edits(group):
    entries = "/l:group/l:list-service/l:list"
    added = '<entry uri="sip:new@primary.example"/>'
    put = group.send("PUT", entries + '/l:entry[@uri="sip:new@primary.example"]', added, ELEMENT)
    check("8.2.3 an element is inserted after its like", put.status_code == 201, put.text)
    group.select(entries)[0].append(group.parsed(added))
    group.same("8.2.3 and the document is what lxml makes of it")

    selector = "/l:group/l:list-service/l:display-name"
    renamed = "<display-name>Brigade &amp; Sons</display-name>"
    check("7.4 an element is replaced", group.send("PUT", selector, renamed, ELEMENT).status_code == 200)
    old = group.select(selector)[0]
    new = group.parsed(renamed)
    new.tail = old.tail
    old.getparent().replace(old, new)
    group.same("7.4 and nothing else")

    member = group.select(entries + "/l:entry[2]")[0]
    selector = entries + '/l:entry[@uri="%s"]' % member.get("uri")
    check("7.8 an attribute is replaced", group.send("PUT", entries + "/l:entry[2]/@uri", "sip:other@primary.example", ATTRIBUTE).status_code == 200)
    member.set("uri", "sip:other@primary.example")
    group.same("7.8 and nothing else")
    check("7.8 what it was is there no more", group.send("GET", selector).status_code == 404)

    check("7.5 an element is deleted", group.send("DELETE", entries + '/l:entry[@uri="sip:other@primary.example"]').status_code == 200)
    # What stands behind an element is none of it (RFC 4825 8.4), as lxml has it.
    before, behind = member.getprevious(), member.tail or ""
    before.tail = (before.tail or "") + behind
    member.getparent().remove(member)
    return group.same("7.5 and nothing else")


def error(response):
    """The name of what an xcap-error document says, and whether it is one."""
    root = etree.fromstring(response.content)
    is_one = root.tag == "{%s}xcap-error" % ERRORS and response.headers["Content-Type"] == "application/xcap-error+xml"
    return etree.QName(root[0]).localname if is_one else None


def refusals(group, etag):
    selector = "/l:group/l:list-service/l:display-name"
    for name, response, expected in [
        ("ill-formed", group.send("PUT", None, "<group", DOCUMENT), "not-well-formed"),
        ("no fragment", group.send("PUT", selector, "<display-name>", ELEMENT), "not-xml-frag"),
        ("another schema", group.send("PUT", None, "<other/>", DOCUMENT), "schema-validation-error"),
        ("not where it says", group.send("PUT", selector, "<other/>", ELEMENT), "cannot-insert"),
        ("nothing to put it in", group.send("PUT", "/l:group/l:nothing/l:x", "<x/>", ELEMENT), "no-parent"),
    ]:
        check("11 %s is 409 %s" % (name, expected), response.status_code == 409 and error(response) == expected, response.text)
    check("7.11 an older entity tag is 412", group.send("PUT", None, "<group/>", DOCUMENT, If_Match='"0"').status_code == 412)
    check("7.11 what is there already is 412", group.send("PUT", None, "<group/>", DOCUMENT, If_None_Match="*").status_code == 412)
    check("7.11 what is known already is 304", group.send("GET", None, If_None_Match=etag).status_code == 304)
    check("and nothing has changed", group.same("11 a refusal changes nothing") == etag)


def main():
    root, address, token_file, ca, name, *members = sys.argv[1:]
    resolved_to(address)
    with open(token_file, encoding="ascii") as file:
        group = Group(root, file.read().strip(), ca, name)
    entries = "".join('\n<entry uri="%s"/>' % member for member in members)
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<group xmlns="%(l)s" xmlns:mcpttgi="%(m)s">\n<list-service uri="{0}">'
        "<display-name>Fire</display-name>\n<list>{1}</list>\n"
        "<mcpttgi:on-network-group-priority>7</mcpttgi:on-network-group-priority></list-service>\n</group>"
        % NAMES
    ).format(name, entries)
    made = group.send("PUT", None, document.encode(), DOCUMENT, If_None_Match="*")
    check("7.1 a document is created", made.status_code == 201, made.text)
    got = group.send("GET")
    check("7.3 and fetched as it was put", got.text == document and got.headers["ETag"] == made.headers["ETag"])
    group.tree = etree.ElementTree(etree.fromstring(document.encode()))
    reads(group)
    refusals(group, edits(group))
    caps = etree.fromstring(group.session.get(root + "/xcap-caps/global/index", timeout=20).content)
    auids = caps.xpath("//c:auid/text()", namespaces={"c": "urn:ietf:params:xml:ns:xcap-caps"})
    check("12 the capabilities name the application usage", GROUPS in auids, auids)
    check("7.2 the document is deleted", group.send("DELETE").status_code == 200 and group.send("GET").status_code == 404)


main()
