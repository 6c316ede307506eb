use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn by(user: &str, address: &str) -> Try {
    Try::new(user, address.parse().unwrap(), false)
}

/// Sends one attempt after the other, each as soon as it is allowed, and returns how long they
/// took.
struct Guesser {
    throttle: Throttle,
    start: Instant,
    now: Instant,
}

impl Guesser {
    fn new() -> Self {
        let start = Instant::now();
        Self {
            throttle: Throttle::default(),
            start,
            now: start,
        }
    }

    fn guess(&mut self, by: &Try, is_right: bool) -> Turn {
        let turn = self.throttle.ask(by, self.now);
        if let Turn::After(wait) = turn {
            self.now += wait;
            self.throttle.waited(by, self.now);
        }
        assert!(!matches!(turn, Turn::Refused(_)), "one at a time");
        match is_right {
            true => self.throttle.succeeded(by, self.now),
            false => self.throttle.failed(by, self.now),
        }
        turn
    }

    fn took(&self) -> Duration {
        self.now - self.start
    }
}

#[test]
fn repeated_failures_wait_longer_and_longer_and_others_do_not() {
    let (me, other) = (by("ana", "192.0.2.1"), by("bob", "192.0.2.2"));
    let mut guesser = Guesser::new();
    for expected in [0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000] {
        let turn = guesser.guess(&me, false);
        let expected = match expected {
            0 => Turn::Now,
            wait => Turn::After(ms(wait)),
        };
        assert_eq!(turn, expected);
        assert_eq!(guesser.throttle.ask(&other, guesser.now), Turn::Now);
    }
    assert_eq!(guesser.guess(&me, true), Turn::After(ms(4000)));
    assert_eq!(guesser.guess(&me, true), Turn::Now);
}

#[test]
fn a_success_takes_back_no_failures_but_its_own() {
    // The guesser has an account, and gives its right password between any two guesses.
    let (mine, hers) = (by("bob", "192.0.2.1"), by("ana", "192.0.2.1"));
    let mut guesser = Guesser::new();
    for _ in 0..150 {
        guesser.guess(&hers, false);
        guesser.guess(&mine, true);
    }
    let most = ms(4000) * 150;
    assert!(guesser.took() > most - ms(40_000), "{:?}", guesser.took());
}

#[test]
fn a_user_is_guessed_slowly_from_everywhere() {
    let mut guesser = Guesser::new();
    for n in 0..150 {
        guesser.guess(&by("ana", &format!("192.0.2.{n}")), false);
    }
    assert!(guesser.took() > ms(2000) * 130, "{:?}", guesser.took());
}

#[test]
fn an_address_guesses_slowly_whomever_it_names() {
    let mut guesser = Guesser::new();
    for n in 0..150 {
        guesser.guess(&by(&format!("user-{n}"), "192.0.2.1"), false);
    }
    assert!(guesser.took() > ms(2000) * 130, "{:?}", guesser.took());
}

#[test]
fn the_right_password_waits_for_failures_of_others_only_for_a_while() {
    // (who fails, in so many places at once, who has the right password, the longest wait)
    let (ana, bob) = (by("ana", "192.0.2.1"), by("bob", "192.0.2.1"));
    let elsewhere = by("ana", "192.0.2.2");
    let rows = [
        (&ana, 4, &ana, 4000),
        (&ana, 15, &ana, 4000),
        (&ana, 100, &bob, 2000),
        (&ana, 100, &elsewhere, 2000),
    ];
    for (failing, loops, right, longest) in rows {
        let mut throttle = Throttle::default();
        let now = Instant::now();
        (0..1000).for_each(|_| throttle.failed(failing, now));
        for _ in 0..loops {
            throttle.ask(failing, now);
        }
        let turn = throttle.ask(right, now);
        assert_eq!(turn, Turn::After(ms(longest)), "{failing:?} {right:?}");
    }
}

#[test]
fn who_gave_the_right_password_lately_does_not_wait_for_others() {
    let (ana, elsewhere) = (by("ana", "192.0.2.1"), by("ana", "192.0.2.2"));
    let neighbour = by("bob", "192.0.2.1");
    let mut throttle = Throttle::default();
    let now = Instant::now();
    throttle.succeeded(&ana, now);
    for _ in 0..100 {
        throttle.failed(&elsewhere, now);
        throttle.failed(&neighbour, now);
    }
    assert_eq!(throttle.ask(&ana, now), Turn::Now);
    throttle.failed(&ana, now);
    assert_eq!(throttle.ask(&ana, now), Turn::After(ms(2000)));
    throttle.waited(&ana, now);
    let later = now + MEMORY;
    assert_eq!(throttle.ask(&ana, later), Turn::Now, "all is forgotten");
}

#[test]
fn tries_at_the_same_time_count_as_failures_and_their_number_is_bounded() {
    let me = by("ana", "192.0.2.1");
    let mut throttle = Throttle::default();
    let now = Instant::now();
    (0..4).for_each(|_| throttle.failed(&me, now));
    let mut waits = [250, 500, 1000, 2000].to_vec();
    waits.resize(MOST_WAITING as usize, 4000);
    for wait in waits {
        assert_eq!(throttle.ask(&me, now), Turn::After(ms(wait)));
    }
    let refused = Turn::Refused(ms(4000));
    assert_eq!(throttle.ask(&me, now), refused);
    // Others at the address, and the same user elsewhere, are let in.
    for other in [by("bob", "192.0.2.1"), by("ana", "192.0.2.2")] {
        assert_eq!(throttle.ask(&other, now), Turn::After(ms(2000)));
    }
    throttle.waited(&me, now);
    assert_eq!(throttle.ask(&me, now), Turn::After(ms(4000)));
    assert_eq!(throttle.ask(&me, now + MEMORY), refused, "they wait still");
}

#[test]
fn a_foreign_page_uses_up_its_own_tries() {
    let address = "192.0.2.1".parse().unwrap();
    let (page, person) = (
        Try::new("ana", address, true),
        Try::new("ana", address, false),
    );
    let mut throttle = Throttle::default();
    let now = Instant::now();
    (0..10).for_each(|_| throttle.failed(&page, now));
    assert_eq!(throttle.ask(&page, now), Turn::After(ms(4000)));
    assert_eq!(throttle.ask(&person, now), Turn::Now);
}

#[test]
fn failures_are_forgotten_after_a_while() {
    let me = by("ana", "192.0.2.1");
    let mut throttle = Throttle::default();
    let now = Instant::now();
    (0..20).for_each(|_| throttle.failed(&me, now));
    assert_eq!(throttle.ask(&me, now + MEMORY), Turn::Now);
    throttle.failed(&me, now + MEMORY);
    let turn = throttle.ask(&me, now + MEMORY);
    assert_eq!(turn, Turn::Now, "the count began anew");
}

#[test]
fn the_tables_are_bounded_and_forget_the_oldest() {
    let mut throttle = Throttle::default();
    let start = Instant::now();
    let one = |n: u32| {
        let address = IpAddr::V4((0x0A00_0000 + n).into());
        Try::new(&format!("user-{n}"), address, false)
    };
    for n in 0..5000_u32 {
        let now = start + ms(n.into());
        (0..5).for_each(|_| throttle.failed(&one(n), now));
    }
    let lengths = [
        throttle.pairs.0.len(),
        throttle.users.0.len(),
        throttle.addresses.0.len(),
    ];
    assert_eq!(lengths, [MOST_RECORDS; 3]);
    let now = start + ms(5000);
    assert_eq!(throttle.ask(&one(0), now), Turn::Now, "forgotten");
    assert_eq!(throttle.ask(&one(4999), now), Turn::After(ms(500)));
    let long = Try::new(&"x".repeat(10_000), [127, 0, 0, 1].into(), false);
    assert_eq!(long.user.0.len(), NAME_CHARS);
}

#[test]
fn a_household_counts_as_one() {
    let rows = [
        ("2001:db8::1", "2001:db8::ffff:1", true),
        ("2001:db8::1", "2001:db8:0:1::1", false),
        ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
    ];
    for (one, other, same) in rows {
        assert_eq!(by("", one) == by("", other), same, "{one} {other}");
    }
}
