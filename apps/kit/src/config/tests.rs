use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{
    ClientCertificate, Document, Errors, HopConfig, HostPort, Listen, Prefix, Table, TlsProfiles, nearest,
    nearest_within,
};

fn errors<T>(text: &str, f: impl FnOnce(&Table<'_>) -> Option<T>) -> Vec<String> {
    let read = Document::parse("mcx.toml", text).read(f);
    read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn nothing(_: &Table<'_>) -> Option<()> {
    Some(())
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_right_one() {
    let text = "[gateway]\n\n[[gateway.listen]]\nname = \"border\"\n  addres = \"127.0.0.1:1\"\n";
    let found = errors(text, |root| {
        root.table("gateway", |gateway| {
            gateway.tables("listen", |listen| {
                listen.required::<String>("name");
                listen.optional::<SocketAddr>("address");
                Some(())
            });
            Some(())
        })
    });
    assert_eq!(
        found,
        ["mcx.toml:5:3: unknown key \"addres\" in [gateway.listen]; did you mean \"address\"?"]
    );
}

#[test]
fn an_unknown_section_is_named() {
    let found = errors("[gatway]\nlisten = 1\n", |root| {
        root.table("gateway", nothing);
        Some(())
    });
    assert_eq!(found, ["mcx.toml:1:2: unknown key \"gatway\"; did you mean \"gateway\"?"]);
}

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let text =
        "port = 70000\nwait = \"10 s\"\nkind = \"tsl\"\nto = \"localhost\"\nlist = [1, \"two\", true]\n";
    let found = errors(text, |root| {
        root.required::<Vec<u16>>("list");
        root.required::<SocketAddr>("to");
        root.required::<wire::Transport>("kind");
        root.required::<Duration>("wait");
        root.required::<u16>("port");
        Some(())
    });
    assert_eq!(
        found,
        [
            "mcx.toml:1:8: \"port\" must be an integer between 0 and 65535, not 70000",
            "mcx.toml:2:8: \"wait\" must be a duration such as \"500ms\", \"10s\" or \"5m\", not \"10 s\"",
            "mcx.toml:3:8: \"kind\" must be one of \"udp\", \"tcp\", \"tls\", not \"tsl\"; did you mean \"tls\"?",
            "mcx.toml:4:6: \"to\" must be an address and port such as \"127.0.0.1:5060\" or \"[::1]:5060\", not \"localhost\"",
            "mcx.toml:5:12: \"list\" must be an integer between 0 and 65535, not \"two\"",
            "mcx.toml:5:19: \"list\" must be an integer between 0 and 65535, not a boolean",
        ]
    );
}

#[test]
fn a_missing_key_is_told_at_its_table() {
    let found = errors("[a]\nx = 1\n[b]\n", |root| {
        root.table("a", |a| a.required::<u8>("x"));
        root.table("b", |b| b.required::<u8>("y"))
    });
    assert_eq!(found, ["mcx.toml:3:2: missing key \"y\" in [b]"]);
}

#[test]
fn a_table_whose_header_was_left_out_is_told_of_where_a_part_of_it_is() {
    let found = errors("[a.part]\nx = 1\n", |root| {
        root.table("a", |a| {
            a.table("part", |part| part.required::<u8>("x"));
            a.required::<u8>("y")
        })
    });
    assert_eq!(found, ["mcx.toml:1:2: missing key \"y\" in [a]: there is only a part of it, and no [a]"]);
    let found = errors("[a.b.part]\nx = 1\n", |root| {
        root.table("a", |a| {
            a.tables("b", |b| b.required::<u8>("y"));
            Some(())
        })
    });
    let told = "mcx.toml:1:4: \"b\" must be an array of tables, not a table: [[a.b]] begins each, above what belongs to it";
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with(told.split_once(": ").unwrap().1), "{found:?}");
}

#[test]
fn what_toml_forbids_is_told_without_guesses_about_missing_keys() {
    let found = errors("[a]\nx = \ny = 1\n", |root| root.required_table("a", |a| a.required::<u8>("z")));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|error| error.starts_with("mcx.toml:2:5:")), "{found:?}");
    assert!(found.iter().all(|error| !error.contains("missing key")), "{found:?}");
}

#[test]
fn columns_count_characters() {
    let found = errors("name = \"höhe\"; x", |_| Some(()));
    assert!(found.iter().any(|error| error.starts_with("mcx.toml:1:14:")), "{found:?}");
}

#[test]
fn ranges_defaults_and_absence() {
    let text = "many = 65\nsome = 3\n";
    let found = errors(text, |root| {
        assert_eq!(root.within("many", 1..=64_u16, 2), 2);
        assert_eq!(root.within("some", 1..=64_u16, 2), 3);
        assert_eq!(root.within("none", 1..=64_u16, 2), 2);
        assert!(root.or("flag", true));
        assert!(root.optional::<String>("absent").is_none() && !root.has("absent"));
        Some(())
    });
    assert_eq!(found, ["mcx.toml:1:1: \"many\" must be between 1 and 64, not 65"]);
}

#[test]
fn values_of_every_kind() {
    let text = "d = \"500ms\"\nh = \"GW.example:5061\"\nv6 = \"[::1]:5061\"\nbare = \"[::1]\"\np = \"keys/a.pem\"\nx = 0x10\nf = 1\n";
    let read = Document::parse("dir/mcx.toml", text).read(|root| {
        assert_eq!(root.required("d"), Some(Duration::from_millis(500)));
        assert_eq!(root.required("h"), Some(HostPort { host: "gw.example".into(), port: Some(5061) }));
        assert_eq!(root.required("v6"), Some(HostPort { host: "[::1]".into(), port: Some(5061) }));
        assert_eq!(root.required("bare"), Some(HostPort { host: "[::1]".into(), port: None }));
        assert_eq!(root.required("p"), Some(PathBuf::from("dir/keys/a.pem")));
        assert_eq!(root.required("x"), Some(16_u8));
        assert_eq!(root.required("f"), Some(1.0_f64));
        Some(())
    });
    assert_eq!(read, Ok(()));
}

#[test]
fn prefixes_are_addresses_with_a_length() {
    let text = "net = [\"192.0.2.0/24\", \"::1\"]\nbad = [\"192.0.2.0/33\", \"host\", \"10.0.0.0/\"]\n";
    let found = errors(text, |root| {
        let net: Vec<Prefix> = root.required("net")?;
        assert_eq!(net.iter().map(Prefix::to_string).collect::<Vec<_>>(), ["192.0.2.0/24", "::1/128"]);
        root.required::<Vec<Prefix>>("bad")
    });
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn hosts_that_are_none_are_refused() {
    for host in ["", "a..b", "-a.b", "a b", "::1", "a:b", "[::1", "a:70000", "a_b"] {
        let found = errors(&format!("h = \"{host}\""), |root| root.required::<HostPort>("h"));
        assert_eq!(found.len(), 1, "{host}: {found:?}");
    }
}

#[test]
fn named_tables_come_in_the_order_of_the_file() {
    let read =
        Document::parse("mcx.toml", "[client.zoe]\nn = 1\n[client.alice]\nn = 2\n").read(|root| {
            Some(root.named_tables("client", |client| {
                Some((client.name().to_owned(), client.required::<u8>("n")?))
            }))
        });
    assert_eq!(read, Ok(vec![("zoe".to_owned(), 1), ("alice".to_owned(), 2)]));
}

#[test]
fn a_name_is_only_taken_for_one_that_is_near() {
    assert_eq!(nearest("listn", ["listen", "linger"]), Some("listen"));
    assert_eq!(nearest("client_certificate", ["client-certificate"]), Some("client-certificate"));
    assert_eq!(nearest("partner", ["listen", "hop"]), None);
    assert_eq!(nearest("a", ["b"]), None, "nothing in common");
    assert_eq!(nearest("sinus-profile", ["sixths-profile"]), Some("sixths-profile"));
    assert_eq!(nearest_within("sinus-profile", ["sixths-profile"], 2), None);
    assert_eq!(nearest_within("sixth-profil", ["sixths-profile"], 2), Some("sixths-profile"));
}

struct Keys(tempfile::TempDir);

impl Keys {
    fn new(mode: u32) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["gw.pem", "gw.key", "ca.pem"] {
            std::fs::write(dir.path().join(name), "").expect("a file");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(dir.path().join("gw.key"), mode).expect("a mode");
        }
        Self(dir)
    }

    fn read<T>(
        &self,
        rest: &str,
        f: impl FnOnce(&Table<'_>, &TlsProfiles) -> Option<T>,
    ) -> Result<T, Errors> {
        let profile =
            "[tls.border]\ncertificate = \"gw.pem\"\nkey = \"gw.key\"\nauthorities = [\"ca.pem\"]\n";
        Document::parse(self.0.path().join("mcx.toml"), &format!("{profile}{rest}")).read(|root| {
            let profiles = TlsProfiles::read(root);
            f(root, &profiles)
        })
    }
}

fn texts<T>(read: Result<T, Errors>) -> Vec<String> {
    let text = |error: &super::ConfigError| format!("{}:{}: {}", error.line, error.column, error.text);
    read.err().unwrap_or_default().iter().map(text).collect()
}

#[test]
fn a_listener_names_a_profile_that_exists() {
    let keys = Keys::new(0o600);
    let listen = |name: &str| {
        let text = format!(
            "[gateway]\n[[gateway.listen]]\nname = \"border\"\naddress = \"127.0.0.1:0\"\ntransport = \"tls\"\ntls = \"{name}\"\n"
        );
        keys.read(&text, |root, profiles| {
            root.required_table("gateway", |gateway| Some(Listen::read_all(gateway, profiles)))
        })
    };
    let read = listen("border").expect("is right");
    assert_eq!(read[0].tls.as_deref(), Some("border"));
    assert_eq!(read[0].client_certificate, ClientCertificate::Required);
    assert_eq!(
        texts(listen("boarder")),
        ["10:7: \"tls\" names an unknown TLS profile \"boarder\"; did you mean \"border\"?"]
    );
}

#[test]
fn tls_and_its_profile_go_together() {
    let keys = Keys::new(0o600);
    let listen = |rest: &str| {
        keys.read(&format!("[l]\nname = \"x\"\naddress = \"[::1]:5060\"\n{rest}"), |root, profiles| {
            root.required_table("l", |table| Listen::read(table, profiles))
        })
    };
    assert_eq!(texts(listen("transport = \"tls\"\n")).len(), 1);
    assert_eq!(texts(listen("transport = \"udp\"\ntls = \"border\"\n")).len(), 1);
    assert!(listen("transport = \"udp\"\n").is_ok());
}

#[test]
fn listeners_have_names_of_their_own() {
    let keys = Keys::new(0o600);
    let one = "[[g.listen]]\nname = \"x\"\naddress = \"127.0.0.1:0\"\ntransport = \"udp\"\n";
    let read = keys.read(&format!("[g]\n{one}{one}"), |root, profiles| {
        root.required_table("g", |table| Some(Listen::read_all(table, profiles)))
    });
    assert_eq!(texts(read), ["11:8: another listener has the name \"x\""]);
}

#[test]
#[cfg(unix)]
fn a_key_that_others_may_read_is_refused() {
    let found = texts(Keys::new(0o644).read("", |_, _| Some(())));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("3:7: secret ") && found[0].contains("mode 0644"), "{found:?}");
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let keys = Keys::new(0o600);
    std::fs::remove_file(keys.0.path().join("ca.pem")).expect("was there");
    let found = texts(keys.read("", |_, _| Some(())));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("4:15: "), "{found:?}");
}

#[test]
fn a_hop_is_known_by_its_name_unless_told_otherwise() {
    let keys = Keys::new(0o600);
    let hop = |rest: &str| {
        let text = format!(
            "[to]\nname = \"MCGW.partner.example\"\naddress = \"127.0.0.2:5061\"\ntransport = \"tls\"\ntls = \"border\"\n{rest}"
        );
        keys.read(&text, |root, profiles| root.required_table("to", |table| HopConfig::read(table, profiles)))
    };
    let plain = hop("").expect("is right").hop();
    assert_eq!(&*plain.tls.expect("is TLS").domain, "mcgw.partner.example");
    let other = hop("identity = \"partner.example\"\n").expect("is right").hop();
    assert_eq!(&*other.tls.expect("is TLS").domain, "partner.example");
    assert_eq!(texts(hop("identity = \"partner.example:5061\"\n")).len(), 1);
    assert!(!hop("reuse = false\n").expect("is right").hop().streams.reuse);
}

#[test]
fn identities_are_values_and_a_wrong_one_is_told_at_its_place() {
    use xml_schemas::ids::{McServiceId, Psi};
    let read = |text: &str| {
        Document::parse("mcx.toml", text).read(|root| Some((root.required("id")?, root.required("psi")?)))
    };
    let right: Result<(McServiceId, Psi), _> =
        read("id = \"sip:bob@b.example\"\npsi = \"sip:lms_psi@b.example\"\n");
    assert!(right.is_ok_and(|(id, psi)| id.domain() == psi.domain()));
    let wrong: Result<(McServiceId, Psi), _> = read("id = \"bob\"\npsi = \"sip:lms_psi@b.example\"\n");
    let told = wrong.err().map(|errors| errors.to_string()).unwrap_or_default();
    assert!(told.starts_with("mcx.toml:1:6: not a valid MC service ID"), "{told}");
}

#[test]
fn a_key_that_would_move_a_terminal_is_shown_on_its_line() {
    let found = errors("\"a\\n\\u001b[31merror\\u202e\" = 1\n", nothing);
    assert_eq!(found, ["mcx.toml:1:1: unknown key \"a\u{fffd}\u{fffd}[31merror\u{fffd}\""]);
}

/// Those that stand later are found from those that stand before.
#[test]
fn the_places_of_many_mistakes_are_their_own() {
    let text: String =
        (0..2_000).map(|number| format!("\"ä{number}\" = {{ }}\n  wrong-{number} = 1\n")).collect();
    let found = errors(&text, nothing);
    assert_eq!(found.len(), 4_000);
    assert!(found[3_999].starts_with("mcx.toml:4000:3: unknown key \"wrong-1999\""), "{}", found[3_999]);
    let of_one_line =
        errors("\"ä\" = { }\nit = { \"ö\" = 1, two = 2 }\n", |root| root.table("it", nothing));
    let places: Vec<&str> = of_one_line.iter().filter_map(|told| told.split(" unknown").next()).collect();
    assert_eq!(places.last(), Some(&"mcx.toml:2:17:"), "{of_one_line:?}");
}
