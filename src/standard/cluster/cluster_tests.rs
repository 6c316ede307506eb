//! Tests of what clients see with each fault, on servers of a cluster over a log in memory.

use std::time::Duration;

use super::words;
use super::world::World;
use crate::standard::chat::RequestedName::{self, Guest, Name, User};

fn named(name: &str) -> RequestedName {
    Name(name.to_owned())
}

#[test]
fn servers_that_share_a_log_are_one_chat() {
    let mut world = World::new(2);
    world.settle();
    assert!(world.servers.iter().all(|server| server.status.is_up()));
    assert_eq!(world.servers[0].status.nodes(), 2);
    let ana = world.enter(0, "lobby", named("ana"));
    world.settle();
    let bob = world.enter(1, "Lobby", named("Bob"));
    world.settle();
    let impostor = world.enter(1, "lobby", named("ANA"));
    world.settle();
    world.say(0, ana, "hello");
    world.say(1, bob, "/who");
    world.settle();
    world.exit(1, impostor);
    world.settle();
    assert_eq!(
        world.seen(0, ana).lines,
        [
            "* you are ana in #lobby",
            "#lobby * ana joined (1 here)",
            "#lobby * Bob joined (2 here)",
            "#lobby * guest-1 joined (3 here)",
            "#lobby ana: hello",
            "#lobby * guest-1 left (2 here)",
        ]
    );
    assert_eq!(
        world.seen(1, bob).lines,
        [
            "* you are Bob in #lobby",
            "#lobby * Bob joined (2 here)",
            "#lobby * guest-1 joined (3 here)",
            "#lobby ana: hello",
            "* in #lobby: ana, Bob, guest-1 (3 here)",
            "#lobby * guest-1 left (2 here)",
        ]
    );
    assert!(world.servers.iter().all(|server| server.held.is_empty()));
}

#[test]
fn a_message_of_broadcast_goes_to_the_clients_of_all_servers() {
    let mut world = World::new(3);
    world.settle();
    let clients: Vec<_> = (0..3).map(|server| world.subscribe(server)).collect();
    for (server, client) in clients.iter().enumerate() {
        world.publish(server, *client, &format!("from {server}"));
    }
    world.settle();
    let first = world.seen(0, clients[0]).lines.clone();
    assert_eq!(first.len(), 3);
    for (server, client) in clients.iter().enumerate() {
        assert_eq!(world.seen(server, *client).lines, first);
    }
}

#[test]
fn the_clients_of_a_server_that_dies_leave_on_all_others() {
    let mut world = World::new(3);
    world.settle();
    let ana = world.enter(0, "lobby", named("ana"));
    world.enter(1, "lobby", named("bob"));
    world.settle();
    world.servers[1].view.set_cut(true);
    world.run(5);
    let last = |world: &World| world.seen(0, ana).lines.last().cloned().unwrap();
    assert_eq!(last(&world), "#lobby * bob joined (2 here)");
    world.run(3);
    assert_eq!(last(&world), "#lobby * bob left (1 here)");
    assert_eq!(world.servers[0].status.nodes(), 2);
}

#[test]
fn a_server_that_was_taken_for_dead_brings_its_clients_back_and_loses_no_line() {
    let mut world = World::new(2);
    world.settle();
    let ana = world.enter(0, "lobby", named("ana"));
    let bob = world.enter(1, "lobby", named("bob"));
    let cid = world.enter(1, "lobby", User("cid".into()));
    world.settle();
    // The second server is suspended for 10 s, as on a laptop that sleeps. What its clients send
    // meanwhile waits; another client takes one of their names.
    for _ in 0..20 {
        world.poll(0);
        while world.write(0) | world.read(0) {}
        world.pass(Duration::from_millis(500));
    }
    let other = world.enter(0, "lobby", named("bob"));
    for _ in 0..5 {
        world.poll(0);
        while world.write(0) | world.read(0) {}
    }
    world.say(1, bob, "am I here?");
    world.run(2);
    let bobs = &world.seen(1, bob).lines;
    let missing = bobs.iter().filter(|line| line.contains("missing")).count();
    assert_eq!(missing, 0, "{bobs:#?}");
    assert!(
        bobs.contains(&"* you are guest-1 now: bob was taken while the servers were apart".into()),
        "{bobs:#?}"
    );
    let answered = bobs.iter().any(|line| line == "#lobby guest-1: am I here?");
    let refused = bobs.iter().any(|line| line.starts_with("! not sent"));
    assert!(answered != refused, "{bobs:#?}");
    world.say(1, cid, "/who");
    world.say(0, other, "welcome back");
    world.settle();
    let cids = &world.seen(1, cid).lines;
    assert!(
        cids.contains(&"* in #lobby: ana, bob, guest-1, cid (4 here)".into()),
        "{cids:#?}"
    );
    for (server, client) in [(0, ana), (1, bob), (1, cid), (0, other)] {
        let lines = &world.seen(server, client).lines;
        assert_eq!(
            lines.iter().filter(|l| l.ends_with("welcome back")).count(),
            1
        );
    }
}

#[test]
fn while_the_log_is_away_lines_are_refused_after_3_s_and_publishers_closed() {
    let mut world = World::new(2);
    world.settle();
    let ana = world.enter(0, "lobby", named("ana"));
    let (publisher, subscriber) = (world.subscribe(0), world.subscribe(0));
    world.settle();
    world.log.set_away(true);
    world.run(1);
    world.say(0, ana, "one");
    world.publish(0, publisher, "two");
    let before = world.seen(0, ana).lines.len();
    world.run(1);
    assert_eq!(world.seen(0, ana).lines.len(), before, "it waits");
    assert!(world.servers[0].status.is_up());
    world.run(2);
    let refusal = format!("! {}", words::not_sent(true));
    assert_eq!(world.seen(0, ana).lines[before..], [&*refusal]);
    assert!(world.servers[0].held.is_empty());
    assert!(!world.servers[0].status.is_up());
    let closed: Vec<_> = (world.transcripts.iter())
        .filter_map(|t| t.closed.as_deref())
        .collect();
    assert_eq!(closed, [words::AWAY]);
    world.say(0, ana, "three");
    assert_eq!(world.seen(0, ana).lines[before..], [&*refusal, &*refusal]);
    world.log.set_away(false);
    world.run(3);
    assert!(world.servers[0].status.is_up());
    world.say(0, ana, "four");
    world.settle();
    assert_eq!(world.seen(0, ana).lines.last().unwrap(), "#lobby ana: four");
    assert!(world.seen(0, subscriber).lines.is_empty());
}

#[test]
fn an_answer_that_is_lost_leads_to_no_second_delivery() {
    let mut world = World::new(2);
    world.settle();
    let ana = world.enter(0, "lobby", Guest);
    world.settle();
    world.log.lose_answers(2);
    world.say(0, ana, "once");
    world.run(2);
    world.log.lose_appends(2);
    world.say(0, ana, "twice tried");
    world.run(2);
    let said = |line: &&String| line.starts_with("#lobby guest-1:");
    let said: Vec<_> = world.seen(0, ana).lines.iter().filter(said).collect();
    assert_eq!(
        said,
        ["#lobby guest-1: once", "#lobby guest-1: twice tried"]
    );
}

#[test]
fn an_emptied_log_begins_anew_with_everybody_still_there() {
    let mut world = World::new(2);
    world.settle();
    let ana = world.enter(0, "lobby", named("ana"));
    let bob = world.enter(1, "lobby", named("bob"));
    world.settle();
    world.log.empty();
    world.run(2);
    let gap = "#lobby * lines may be missing here: the servers had lost each other";
    for (server, client) in [(0, ana), (1, bob)] {
        let lines = &world.seen(server, client).lines;
        assert_eq!(
            lines.iter().filter(|line| *line == gap).count(),
            1,
            "{lines:#?}"
        );
    }
    world.say(0, ana, "/who");
    world.say(1, bob, "here");
    world.settle();
    let lines = &world.seen(0, ana).lines;
    assert!(
        lines
            .iter()
            .any(|line| line.ends_with("(2 here)") && line.starts_with("* in"))
    );
    assert_eq!(lines.last().unwrap(), "#lobby bob: here");
}

#[test]
fn the_last_lines_of_a_room_outlive_all_servers() {
    let mut world = World::new(1);
    world.settle();
    let ana = world.enter(0, "lobby", named("ana"));
    world.say(0, ana, "remember this");
    world.settle();
    world.run(61);
    world.kill(0);
    world.run(8);
    let late = world.enter(0, "lobby", Guest);
    world.run(8);
    let lines = &world.seen(0, late).lines;
    assert!(
        lines.contains(&"#lobby ana: remember this".into()),
        "{lines:#?}"
    );
}

#[test]
fn a_server_that_comes_late_begins_with_the_snapshot() {
    let mut world = World::new(2);
    world.settle();
    let ana = world.enter(0, "lobby", named("ana"));
    world.say(0, ana, "early");
    world.run(62);
    world.log.trim(20);
    world.start();
    world.settle();
    let late = world.enter(2, "lobby", named("ANA"));
    world.settle();
    let lines = &world.seen(2, late).lines;
    assert_eq!(
        lines[0],
        "! the name ANA is taken; /nick NAME takes another"
    );
    assert!(lines.contains(&"#lobby ana: early".into()), "{lines:#?}");
}

#[test]
fn a_server_that_cannot_read_the_snapshot_stays_out_and_says_why() {
    let mut world = World::new(1);
    world.settle();
    world.log.spoil_snapshot();
    world.start();
    world.run(8);
    let status = &world.servers[1].status;
    assert!(!status.is_up());
    assert!(status.trouble().unwrap().contains("cannot be read"));
    assert_eq!(world.servers[0].status.nodes(), 1, "it appends nothing");
}
