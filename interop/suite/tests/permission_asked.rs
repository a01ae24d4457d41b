//! `permission = "ask"`: the user of a terminal that runs is asked, and types yes or no. TS 23.280 10.9.3.2 step 2
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use interop::{Lab, Running, System, Terminal, tools};

/// Somebody sits where bob's terminal runs, and his server asks him before it tells.
fn asked() -> (Lab, Terminal) {
    let ask = |_: &System<'_>, text: String| {
        text.replacen("[client.bob]\n", "[client.bob]\npermission = \"ask\"\n", 1)
    };
    let rule = |_: &System<'_>, text: String| {
        let rule = "requester = \"primary.example\"\nanswer = ";
        text.replacen(&format!("{rule}\"allow\""), &format!("{rule}\"ask-user\""), 1).replacen(
            "\n[locations]\n",
            "\n[locations]\npermission-deadline = \"9s\"\n",
            1,
        )
    };
    let mut lab = Lab::served().edit_clients("partner", ask).edit_servers("partner", rule);
    for (system, process) in [("primary", "servers"), ("partner", "servers"), ("primary", "clients")] {
        lab.serve(system, process);
    }
    let terminal = lab.serve_at_a_terminal("partner", "clients");
    lab.started();
    (lab, terminal)
}

#[test]
fn c10_9_3_2_a_user_types_yes_or_no_and_what_was_typed_before_the_question_counts_for_nothing() {
    if !tools::have(&[]) {
        return;
    }
    let (lab, mut terminal) = asked();
    for (typed_ahead, typed, told) in [
        // Nobody had ever asked when he typed this.
        ("yes", "no", "target user denied permission"),
        ("", "yes", "sip:bob@partner.example  60."),
        ("yes", "no", "target user denied permission"),
    ] {
        terminal.type_line(typed_ahead);
        let mut asking = Running::start(&mut lab.locate("alice", &["bob"]));
        terminal.prompt("asks where you are. May your position be told? yes or no: ");
        terminal.type_line(typed);
        let (_, output) = asking.end();
        assert!(output.contains(told), "{typed_ahead:?} {typed:?}: {output}");
    }
    lab.nothing_panicked();
}
