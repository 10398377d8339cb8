//! What a line holds, and which lines there are; without any invocation.

use std::{
    error::Error,
    fmt::{self, Debug, Formatter},
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use lambda_api::transport::Clock;
use lambda_runtime::tracing::{
    self, Format, Level, Logging, debug, error, error_span, field, info, info_span,
    level_filters::LevelFilter,
    subscriber::{Registry, layer::SubscriberExt, util::SubscriberInitExt},
    trace, warn,
};
use serde_json::json as value;

use super::{Lines, json, logged, text};

#[test]
fn an_event_is_one_flat_object_with_its_time_and_level() {
    let before = Clock::system().now();
    let lines = json(|| {
        info!(order = 7, paid = true, weight = 0.5, name = "tea", by = %"post", list = ?[1, 2], "taken");
        warn!(target: "shop", "{} left", 3);
        error!(code = 1);
    });
    assert_eq!(
        lines[0].names(),
        ["by", "level", "list", "message", "name", "order", "paid", "target", "timestamp", "weight"]
    );
    for (name, expected) in [
        ("level", value!("INFO")),
        ("message", value!("taken")),
        ("target", value!(module_path!())),
        ("order", value!(7)),
        ("paid", value!(true)),
        ("weight", value!(0.5)),
        ("name", value!("tea")),
        ("by", value!("post")),
        ("list", value!("[1, 2]")),
    ] {
        assert_eq!(*lines[0].get(name), expected, "{name}");
    }
    assert_eq!((lines[1].get("target"), lines[1].get("message")), (&value!("shop"), &value!("3 left")));
    assert_eq!((lines[2].get("level"), lines[2].get("message")), (&value!("ERROR"), &value!("")));

    let timestamp = lines[0].get("timestamp").as_str().unwrap();
    assert_eq!((timestamp.len(), &timestamp[19..20], &timestamp[23..]), (24, ".", "Z"));
    let time = humantime::parse_rfc3339(timestamp).unwrap();
    // It has whole milliseconds.
    assert!(time + std::time::Duration::from_millis(1) > before && time <= Clock::system().now());
}

#[test]
fn fields_of_spans_are_flat_too_and_may_come_later() {
    let lines = json(|| {
        let outer = info_span!("outer", a = "outer", b = "outer", late = field::Empty);
        let _outer = outer.enter();
        outer.record("late", 7);
        let inner = info_span!("inner", b = "inner", c = "inner", message = "a span's");
        inner.in_scope(|| info!(c = "event", "text"));
        outer.record("late", 8);
        info!(parent: None, "alone");
        info!(parent: &inner, "in it");
        let empty = info_span!("empty", later = field::Empty);
        empty.record("later", "there");
        empty.in_scope(|| info!("in an empty one"));
    });
    assert_eq!(lines[3].get("later"), "there");
    assert_eq!(
        ["a", "b", "c", "late", "message", "fields.message"].map(|name| lines[0].get(name).clone()),
        [value!("outer"), value!("inner"), value!("event"), value!(7), value!("text"), value!("a span's")]
    );
    assert_eq!(lines[1].names(), ["level", "message", "target", "timestamp"]);
    assert_eq!((lines[2].get("c"), lines[2].get("late")), (&value!("inner"), &value!(8)));
}

#[test]
fn a_field_does_not_hide_what_lambda_reads() {
    let lines = json(|| info!(timestamp = 1, level = "FATAL", requestId = "mine", r#type = "t", "text"));
    assert_eq!(lines[0].get("level"), &value!("INFO"));
    assert_eq!(lines[0].get("requestId"), &value!(null));
    let fields = ["timestamp", "level", "requestId"].map(|name| lines[0].get(&format!("fields.{name}")));
    assert_eq!(fields, [&value!(1), &value!("FATAL"), &value!("mine")]);
    assert_eq!(lines[0].get("type"), &value!("t"));
}

#[test]
fn an_error_has_its_causes() {
    #[derive(Debug)]
    struct Level(u8, Option<Box<Self>>);

    impl fmt::Display for Level {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            write!(f, "level {}", self.0)
        }
    }

    impl Error for Level {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    let error = Level(1, Some(Box::new(Level(2, Some(Box::new(Level(3, None)))))));
    let lines = json(|| error!(cause = &error as &(dyn Error + 'static), "failed"));
    assert_eq!(lines[0].get("cause"), &value!("level 1: level 2: level 3"));
}

#[test]
fn many_lines_stay_one_record() {
    let message = "one\ntwo\r\nthree\u{0}\"";
    assert_eq!(*json(|| info!("{message}"))[0].get("message"), value!(message));
    let lines = text(|| info!(a = "x\ny", "{message}"));
    assert_eq!(lines, [format!("INFO {}: one\rtwo\rthree\0\" a=\"x\\ny\"", module_path!())]);
}

#[test]
fn text_has_level_request_target_message_and_fields() {
    let lines = text(|| {
        let span = info_span!("of a request", requestId = "r-1", tenantId = "blue", user = "you and me");
        span.in_scope(|| warn!(target: "shop", n = 7, "taken"));
        info!(target: "shop", "closed");
    });
    assert_eq!(lines, ["WARN r-1 shop: taken tenantId=blue n=7 user=\"you and me\"", "INFO shop: closed"]);
}

fn all_levels() {
    trace!("");
    debug!("");
    info!("");
    warn!("");
    error!("");
}

#[test]
fn the_level_decides_which_events_are_written() {
    for (level, rust_log, written) in [
        (None, None, 3),
        (Some("TRACE"), Some("error"), 5),
        (Some("debug"), None, 4),
        (Some("Warn"), Some("trace"), 2),
        (Some("ERROR"), None, 1),
        (Some("FATAL"), Some("trace"), 1),
        (None, Some("warn,it::logging=debug"), 4),
        (None, Some("other=trace"), 0),
    ] {
        let logging = Logging::from_vars(|name| match name {
            "AWS_LAMBDA_LOG_LEVEL" => level.map(str::to_owned),
            "RUST_LOG" => rust_log.map(str::to_owned),
            _ => None,
        });
        assert_eq!(logged(logging, all_levels).text().len(), written, "{level:?} {rust_log:?}");
    }
    assert_eq!(logged(Logging::new().level(Level::DEBUG), all_levels).text().len(), 4);
    assert_eq!(logged(Logging::new().level(LevelFilter::OFF), all_levels).text().len(), 0);
}

#[test]
fn a_level_that_cannot_be_read_is_told_once_and_counts_as_info() {
    let logging = Logging::from_vars(|name| match name {
        "AWS_LAMBDA_LOG_LEVEL" => Some("LOUD".to_owned()),
        "AWS_LAMBDA_LOG_FORMAT" => Some("json".to_owned()),
        _ => None,
    });
    let lines = logged(logging, all_levels).json();
    let levels: Vec<_> = lines.iter().map(|line| line.get("level").as_str().unwrap()).collect();
    assert_eq!(levels, ["WARN", "INFO", "WARN", "ERROR"]);
    let told = "AWS_LAMBDA_LOG_LEVEL is \"LOUD\", which cannot be read; taking INFO";
    assert_eq!(lines[0].get("message"), told);
}

#[test]
fn a_layer_is_composed_with_another_and_hides_nothing_from_it() {
    let (mine, other) = (Lines::default(), Lines::default());
    let subscriber = Registry::default()
        .with(Logging::new().level(Level::ERROR).writer(mine.clone()).layer())
        .with(Logging::new().format(Format::Json).level(Level::TRACE).writer(other.clone()).layer());
    let _scope = subscriber.set_default();
    // Two of a kind share what they keep of a span.
    error_span!("both", a = 1).in_scope(all_levels);
    info_span!("one", b = 2).in_scope(all_levels);
    let mine = mine.text();
    assert!(mine.len() == 2 && mine[0].ends_with("a=1") && !mine[1].contains("b=2"), "{mine:?}");
    let other = other.json();
    assert_eq!((other.len(), other[0].get("a"), other[9].get("b")), (10, &value!(1), &value!(2)));
}

#[test]
fn no_line_waits_in_a_buffer() {
    let lines = Lines::default();
    let writer = io::BufWriter::new(lines.clone());
    let scope = Logging::new().writer(writer).subscriber().set_default();
    info!("at once");
    assert_eq!(lines.text().len(), 1);
    drop(scope);

    /// Complains if something is in it at its end.
    struct Strict(io::BufWriter<Lines>);

    impl Write for Strict {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl Drop for Strict {
        fn drop(&mut self) {
            assert_eq!(self.0.buffer(), b"", "dropped without a flush");
        }
    }

    let made = lines.clone();
    let logging = Logging::new().make_writer(move || Strict(io::BufWriter::new(made.clone())));
    let _scope = logging.subscriber().set_default();
    info!("at once");
    assert_eq!(lines.text().len(), 1);
}

#[test]
fn a_writer_that_fails_costs_a_line_and_nothing_else() {
    struct Broken(u32, Lines);

    impl Write for Broken {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 == 1 { Err(io::ErrorKind::StorageFull.into()) } else { self.1.write(bytes) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }

    let lines = Lines::default();
    let _scope = Logging::new().writer(Broken(0, lines.clone())).subscriber().set_default();
    info!("lost");
    info!("kept");
    let lines = lines.text();
    assert!(lines.len() == 1 && lines[0].ends_with("kept"), "{lines:?}");
}

#[test]
fn a_field_or_a_writer_that_panics_spoils_no_later_line() {
    struct Explosive;

    impl Debug for Explosive {
        fn fmt(&self, _: &mut Formatter<'_>) -> fmt::Result {
            panic!("boom")
        }
    }

    struct Once(bool, Lines);

    impl Write for Once {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            assert!(std::mem::replace(&mut self.0, true), "the first call");
            self.1.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let lines = Lines::default();
    let _scope = Logging::new().writer(Once(false, lines.clone())).subscriber().set_default();
    let span = info_span!("s", late = field::Empty);
    catch_unwind(AssertUnwindSafe(|| info!(field = ?Explosive, "lost"))).unwrap_err();
    catch_unwind(AssertUnwindSafe(|| span.record("late", field::debug(Explosive)))).map(drop).unwrap_err();
    catch_unwind(AssertUnwindSafe(|| info!("lost by the writer"))).unwrap_err();
    span.in_scope(|| tracing::info!("kept"));
    let lines = lines.text();
    assert!(lines.len() == 1 && lines[0].ends_with("kept"), "{lines:?}");
}
