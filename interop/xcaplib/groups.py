"""A group management client made of AG Projects' xcaplib: documents, elements and attributes of a group over XCAP.

Usage: groups.py ROOT HOST:PORT TOKEN-FILE GROUP MEMBER...

ROOT is the XCAP root with its port, HOST:PORT where the server is bound. Every step that does not come out as RFC 4825 says ends
the program with its name.
"""

import socket
import sys

from xcaplib.client import XCAPClient
from xcaplib.error import HTTPError

GROUPS = "org.openmobilealliance.groups"
DOCUMENT = "application/vnd.oma.poc.groups+xml"


def at(address):
    """Names of this test resolve to where its server is bound."""
    host, port = address.rsplit(":", 1)
    real = socket.getaddrinfo

    def resolve(name, service, *rest, **more):
        return real(host if name.endswith(".example") else name, service, *rest, **more)

    socket.getaddrinfo = resolve
    return int(port)


def status(step):
    """What a request that must be refused is refused with."""
    try:
        step()
    except HTTPError as refused:
        return refused.response.status
    return 200


def check(name, holds):
    print(("ok " if holds else "not ok ") + name)
    if not holds:
        sys.exit(1)


def main():
    root, address, token_file, group, *members = sys.argv[1:]
    at(address)
    with open(token_file, encoding="ascii") as file:
        token = file.read().strip()
    client = XCAPClient(root, group, timeout=20)
    where = {"globaltree": True, "filename": "byGroupID/" + group}

    def headers(**more):
        return {"Authorization": "Bearer " + token, **more}

    entries = "".join('<entry uri="%s"/>' % member for member in members)
    document = (
        '<group xmlns="urn:oma:xml:poc:list-service"><list-service uri="%s"><display-name>Fire</display-name>'
        "<list>%s</list></list-service></group>" % (group, entries)
    )
    typed = {"Content-Type": DOCUMENT}
    made = client.put(GROUPS, document.encode(), headers=headers(**typed), **where)
    check("7.1 a document is created", made.status == 201 and made.etag)
    got = client.get(GROUPS, headers=headers(), **where)
    check("7.3 a document is fetched as it was put, with its entity tag", str(got) == document and got.etag == made.etag)
    node = '/group/list-service/list/entry[@uri="%s"]' % members[0]
    entry = client.get(GROUPS, node, headers=headers(), **where)
    check("7.6 an element is fetched", entry.strip() == '<entry uri="%s"/>' % members[0])
    attribute = client.get(GROUPS, "/group/list-service/@uri", headers=headers(), **where)
    check("7.9 an attribute is fetched", str(attribute) == group)
    name = "/group/list-service/display-name"
    renamed = client.put(GROUPS, b"<display-name>Brigade</display-name>", name, headers=headers(), etag=got.etag, **where)
    check("7.4 an element is replaced under a condition", renamed.status == 200 and renamed.etag != got.etag)
    stale = status(lambda: client.put(GROUPS, document.encode(), etag=got.etag, headers=headers(**typed), **where))
    check("7.11 a condition that does not hold is 412", stale == 412)
    wrong = status(lambda: client.put(GROUPS, b"<group", headers=headers(**typed), **where))
    check("11 what is not well-formed is 409", wrong == 409)
    gone = client.delete(GROUPS, node, headers=headers(), **where)
    check("7.5 an element is deleted", gone.status == 200)
    check("8.3 what is deleted is 404", status(lambda: client.get(GROUPS, node, headers=headers(), **where)) == 404)
    check("7.2 a document is deleted", client.delete(GROUPS, headers=headers(), **where).status == 200)
    check("8.3 a deleted document is 404", status(lambda: client.get(GROUPS, headers=headers(), **where)) == 404)


main()
