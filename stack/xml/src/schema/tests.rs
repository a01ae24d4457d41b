//! Catalog, compilation, verdicts, and what an engine keeps.

use super::{Catalog, FAULTS, Fault, SchemaSet, Validator, engine};
use crate::{Document, Limits};

const HEAD: &str = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:x=\"urn:x\" \
    targetNamespace=\"urn:x\" elementFormDefault=\"qualified\">";

fn schema(body: &str) -> String {
    format!("{HEAD}{body}</xs:schema>")
}

fn set(body: &str) -> SchemaSet {
    let mut catalog = Catalog::default();
    catalog.add("x.xsd", schema(body)).unwrap();
    SchemaSet::build(&catalog, &["urn:x"]).unwrap()
}

fn faults(schemas: &SchemaSet, document: &str) -> Vec<Fault> {
    let document = Document::parse(document.as_bytes(), &Limits::default()).unwrap();
    schemas.validate(&document).err().unwrap_or_default()
}

fn first(schemas: &SchemaSet, document: &str) -> String {
    faults(schemas, document).first().map(ToString::to_string).unwrap_or_default()
}

const ORDER: &str = r###"
    <xs:element name="order"><xs:complexType>
      <xs:sequence>
        <xs:element name="item" type="x:item" maxOccurs="3"/>
        <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
      </xs:sequence>
      <xs:attribute name="day" type="xs:date"/>
      <xs:anyAttribute namespace="##other" processContents="lax"/>
    </xs:complexType></xs:element>
    <xs:complexType name="item"><xs:simpleContent><xs:extension base="xs:unsignedByte">
      <xs:attribute name="key" type="xs:ID"/><xs:attribute name="like" type="xs:IDREF"/>
    </xs:extension></xs:simpleContent></xs:complexType>"###;

#[test]
fn a_fault_says_line_column_and_path_of_the_element_or_attribute() {
    let schemas = set(ORDER);
    assert!(faults(&schemas, "<order xmlns='urn:x'><item>1</item></order>").is_empty());
    let rows = [
        ("<order xmlns='urn:x'>\n <item>256</item></order>", "2:2 /order/item: the value is not of its type"),
        (
            "<order xmlns='urn:x' day='x'><item>1</item></order>",
            "1:22 /order/@day: the value is not of its type",
        ),
        (
            "<order xmlns='urn:x'><item>1</item><more/></order>",
            "1:36 /order/more: an element is missing, out of place, or too many",
        ),
        ("<order xmlns='urn:x'/>", "1:1 /order: an element is missing, out of place, or too many"),
        (
            "<order xmlns='urn:x' night='1'><item>1</item></order>",
            "1:22 /order/@night: an attribute is not allowed here",
        ),
        ("<order xmlns='urn:x'>\u{a0}<item>1</item></order>", "1:1 /order: text is not allowed here"),
        (
            "<order xmlns='urn:x'><item>\u{a0}1</item></order>",
            "1:22 /order/item: the value is not of its type",
        ),
        ("<other xmlns='urn:x'/>", "1:1 /other: the element is not declared"),
    ];
    for (document, expected) in rows {
        assert_eq!(first(&schemas, document), expected, "{document}");
    }
}

#[test]
fn values_of_the_document_stand_in_no_fault() {
    let schemas = set(ENUMERATED);
    for document in ["<v xmlns='urn:x'>secret</v>", "<v xmlns='urn:x' secret='secret'>a</v>"] {
        let shown = format!("{:?}", faults(&schemas, document)).replace("@secret", "");
        assert!(!shown.contains("secret") && shown.contains("rule"), "{shown}");
    }
}

const ENUMERATED: &str = r###"<xs:element name="v"><xs:simpleType><xs:restriction base="xs:string">
    <xs:enumeration value="a"/></xs:restriction></xs:simpleType></xs:element>"###;

#[test]
fn identifiers_are_unique_and_references_are_met() {
    let schemas = set(ORDER);
    let order = |items: &str| format!("<order xmlns='urn:x'>{items}</order>");
    assert!(faults(&schemas, &order("<item key='a'>1</item><item like='a'>1</item>")).is_empty());
    assert_eq!(
        faults(&schemas, &order("<item key='a'>1</item><item key='a'>1</item>"))[0].constraint,
        "cvc-id.2"
    );
    assert_eq!(faults(&schemas, &order("<item like='a'>1</item>"))[0].constraint, "cvc-id.1");
}

#[test]
fn keys_are_unique_and_references_to_them_are_met() {
    let schemas = set(r###"<xs:element name="r"><xs:complexType><xs:sequence>
        <xs:element name="e" maxOccurs="unbounded"><xs:complexType>
          <xs:attribute name="k" type="xs:string"/><xs:attribute name="to" type="xs:string"/>
        </xs:complexType></xs:element></xs:sequence></xs:complexType>
        <xs:unique name="u"><xs:selector xpath="x:e"/><xs:field xpath="@k"/></xs:unique>
        <xs:keyref name="ref" refer="x:u"><xs:selector xpath="x:e"/><xs:field xpath="@to"/></xs:keyref></xs:element>"###);
    assert!(faults(&schemas, "<r xmlns='urn:x'><e k='1'/><e k='2' to='1'/></r>").is_empty());
    assert!(!faults(&schemas, "<r xmlns='urn:x'><e k='1'/><e k='1'/></r>").is_empty());
    assert!(!faults(&schemas, "<r xmlns='urn:x'><e k='1'/><e to='2'/></r>").is_empty());
}

#[test]
fn a_wildcard_is_lax_or_strict() {
    let schemas = set(r###"<xs:element name="known" type="xs:boolean"/>
        <xs:element name="lax"><xs:complexType><xs:sequence>
          <xs:any namespace="##any" processContents="lax" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
        <xs:element name="strict"><xs:complexType><xs:sequence>
          <xs:any namespace="##any" processContents="strict"/></xs:sequence></xs:complexType></xs:element>"###);
    assert!(
        faults(&schemas, "<lax xmlns='urn:x'><known>true</known><odd xmlns='urn:y' a='1' b='2'/></lax>")
            .is_empty()
    );
    assert_eq!(
        first(&schemas, "<lax xmlns='urn:x'><known>yes</known></lax>"),
        "1:20 /lax/known: the value is not of its type"
    );
    assert!(faults(&schemas, "<strict xmlns='urn:x'><known>1</known></strict>").is_empty());
    assert!(!faults(&schemas, "<strict xmlns='urn:x'><odd/></strict>").is_empty());
}

#[test]
fn xsi_type_is_resolved_with_the_prefixes_of_its_element() {
    let schemas = set(r###"<xs:complexType name="base"/>
        <xs:complexType name="more"><xs:complexContent><xs:extension base="x:base">
          <xs:attribute name="n" type="xs:byte"/></xs:extension></xs:complexContent></xs:complexType>
        <xs:element name="b" type="x:base"/>"###);
    let b = |attributes: &str| {
        format!("<b xmlns='urn:x' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' {attributes}/>")
    };
    assert!(faults(&schemas, &b("xmlns:q='urn:x' i:type='q:more' n='1'")).is_empty());
    assert!(!faults(&schemas, &b("xmlns:q='urn:x' i:type='q:more' n='1000'")).is_empty());
    assert!(!faults(&schemas, &b("n='1'")).is_empty());
    assert!(!faults(&schemas, &b("i:type='q:more'")).is_empty());
    assert!(faults(&schemas, &b("i:schemaLocation='urn:x http://192.0.2.1/x.xsd'")).is_empty());
}

#[test]
fn substitution_groups_and_abstract_heads() {
    let schemas = set(r###"<xs:element name="r"><xs:complexType><xs:sequence>
        <xs:element ref="x:head"/></xs:sequence></xs:complexType></xs:element>
        <xs:element name="head" abstract="true"/><xs:element name="one" type="xs:int" substitutionGroup="x:head"/>"###);
    assert!(faults(&schemas, "<r xmlns='urn:x'><one>1</one></r>").is_empty());
    assert!(!faults(&schemas, "<r xmlns='urn:x'><one>a</one></r>").is_empty());
    assert!(!faults(&schemas, "<r xmlns='urn:x'><head/></r>").is_empty());
    assert_eq!(faults(&schemas, "<head xmlns='urn:x'/>")[0].constraint, "cvc-elt.2");
}

#[test]
fn a_schema_that_includes_one_of_no_namespace_takes_it_in() {
    let mut catalog = Catalog::default();
    let chameleon = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\
        <xs:simpleType name=\"t\"><xs:restriction base=\"xs:int\"/></xs:simpleType></xs:schema>";
    catalog.add("parts.xsd", chameleon).unwrap();
    catalog.add("x.xsd", schema("<xs:include schemaLocation=\"http://schemas.example/parts.xsd\"/><xs:element name=\"e\" type=\"x:t\"/>")).unwrap();
    let schemas = SchemaSet::build(&catalog, &["urn:x"]).unwrap();
    assert!(faults(&schemas, "<e xmlns='urn:x'>1</e>").is_empty());
    assert!(!faults(&schemas, "<e xmlns='urn:x'>a</e>").is_empty());
}

#[test]
fn a_schema_is_imported_by_location_or_by_namespace() {
    let other = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:y\">\
        <xs:simpleType name=\"t\"><xs:restriction base=\"xs:int\"/></xs:simpleType></xs:schema>";
    for import in ["", "schemaLocation=\"y.xsd\"", "schemaLocation=\"http://schemas.example/elsewhere.xsd\""]
    {
        let mut catalog = Catalog::default();
        catalog.add("y.xsd", other).unwrap();
        let text = schema(&format!(
            "<xs:import namespace=\"urn:y\" {import}/><xs:element name=\"e\" type=\"y:t\"/>"
        ));
        catalog.add("x.xsd", text.replacen("xmlns:x=", "xmlns:y=\"urn:y\" xmlns:x=", 1)).unwrap();
        let schemas = SchemaSet::build(&catalog, &["urn:x"]).unwrap();
        assert!(!faults(&schemas, "<e xmlns='urn:x'>a</e>").is_empty(), "{import}");
    }
}

#[test]
fn a_set_that_lacks_a_text_or_is_not_valid_is_not_built() {
    let build = |body: &str| {
        let mut catalog = Catalog::default();
        catalog.add("x.xsd", schema(body)).unwrap();
        SchemaSet::build(&catalog, &["urn:x"]).unwrap_err().to_string()
    };
    let missing = build("<xs:import namespace=\"urn:y\" schemaLocation=\"y.xsd\"/>");
    assert_eq!(missing, "a schema names another that is not there: y.xsd");
    assert_eq!(build("<xs:import namespace=\"urn:y\"/>"), "a schema names another that is not there: urn:y");
    assert!(build("<xs:include schemaLocation=\"/etc/passwd\"/>").contains("not there"));
    assert!(!build("<xs:element name=\"e\" type=\"x:nowhere\"/>").is_empty());
    assert!(SchemaSet::build(&Catalog::default(), &["urn:x"]).unwrap_err().to_string().contains("urn:x"));
    assert!(Catalog::default().add("x", "<a/>").is_err());
    assert!(Catalog::default().add("x", "<a").is_err());
}

#[test]
fn a_document_of_another_root_is_refused() {
    let schemas = set("<xs:element name=\"a\"/><xs:element name=\"b\"/>");
    assert!(faults(&schemas.rooted("urn:x", "a"), "<a xmlns='urn:x'/>").is_empty());
    assert_eq!(
        first(&schemas.rooted("urn:x", "a"), "<b xmlns='urn:x'/>"),
        "1:1 /b: the element is not declared"
    );
}

#[test]
fn as_many_faults_as_a_person_reads_are_kept() {
    let schemas = set(r###"<xs:element name="r"><xs:complexType><xs:sequence>
        <xs:element name="e" type="xs:int" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>"###);
    let document = format!("<r xmlns='urn:x'>{}</r>", "<e>a</e>".repeat(100));
    assert_eq!(faults(&schemas, &document).len(), FAULTS);
}

#[test]
fn names_that_no_schema_knows_are_not_kept() {
    let schemas = set(r###"<xs:element name="r"><xs:complexType><xs:sequence>
        <xs:any namespace="##any" processContents="lax" maxOccurs="unbounded"/></xs:sequence>
        <xs:anyAttribute namespace="##any" processContents="lax"/></xs:complexType></xs:element>"###);
    let interned = || schemas.source(|source| engine::with(source, |engine| engine.interned()).unwrap());
    let before = interned();
    for number in 0..500 {
        let document = format!(
            "<r xmlns='urn:x' a{number}='1' b{number}='1'><c{number} xmlns='urn:y{number}' d{number}='2'/></r>"
        );
        assert!(faults(&schemas, &document).is_empty());
    }
    // The namespaces are, since a value may be a qualified name.
    assert!(interned() <= before + 501, "{} names were kept", interned() - before);
}

#[test]
fn an_engine_that_has_grown_is_made_anew() {
    let schemas = set("<xs:element name=\"r\"/>");
    let interned = || schemas.source(|source| engine::with(source, |engine| engine.interned()).unwrap());
    let before = interned();
    for number in 0..3000 {
        let document =
            format!("<x:r xmlns:x='urn:x' xmlns:p{number}='urn:{number}' xmlns:q{number}='urn:q{number}'/>");
        assert!(faults(&schemas, &document).is_empty());
        assert!(interned() < before + 5000);
    }
}

#[test]
fn threads_judge_alike_and_an_engine_goes_with_its_set() {
    let schemas = set(ENUMERATED);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert!(faults(&schemas, "<v xmlns='urn:x'>a</v>").is_empty());
                    assert_eq!(faults(&schemas, "<v xmlns='urn:x'>b</v>").len(), 1);
                }
            });
        }
    });
    drop(schemas);
    let _ = faults(&set(ENUMERATED), "<v xmlns='urn:x'>a</v>");
    assert_eq!(engine::live(), 1);
}
