//! A report as a picture: SVG, written by hand.
//!
//! Two panels share the time: above what there is at once, below what comes in a second.

use std::{
    fmt::Write as _,
    io::{self, Write},
    time::Duration,
};

use super::{Row, SimulationReport};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const PANEL: f64 = 170.0;
/// Where the panels begin.
const TOPS: [f64; 2] = [50.0, 270.0];

/// What is drawn of each row.
struct Line {
    name: &'static str,
    colour: &'static str,
    of: fn(&Row, f64) -> f64,
}

const AT_ONCE: [Line; 3] = [
    Line { name: "environments", colour: "#0072b2", of: |row, _| number(row.most_environments) },
    Line { name: "most in flight", colour: "#d55e00", of: |row, _| number(row.most_in_flight) },
    Line { name: "mean in flight", colour: "#e69f00", of: |row, seconds| row.busy_seconds() / seconds },
];

const PER_SECOND: [Line; 3] = [
    Line { name: "invocations", colour: "#009e73", of: |row, seconds| number(row.invocations) / seconds },
    Line { name: "cold starts", colour: "#56b4e9", of: |row, seconds| number(row.cold_starts) / seconds },
    Line { name: "throttled", colour: "#cc2222", of: |row, seconds| number(row.throttled) / seconds },
];

pub(super) fn write(report: &SimulationReport, mut to: impl Write) -> io::Result<()> {
    to.write_all(draw(report).unwrap_or_default().as_bytes())
}

/// Writing to a text fails only if the memory does.
fn draw(report: &SimulationReport) -> Result<String, std::fmt::Error> {
    let (length, rows) = report.total().rows();
    let mut svg = String::new();
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>"
    )?;
    for (top, title, lines) in [(TOPS[0], "at once", &AT_ONCE), (TOPS[1], "per second", &PER_SECOND)] {
        panel(&mut svg, top, title, lines, length, &rows, report.elapsed())?;
    }
    writeln!(svg, "</svg>")?;
    Ok(svg)
}

fn panel(
    svg: &mut String,
    top: f64,
    title: &str,
    lines: &[Line],
    length: Duration,
    rows: &[Row],
    elapsed: Duration,
) -> std::fmt::Result {
    let bottom = top + PANEL;
    let values = |line: &Line| -> Vec<f64> {
        let seconds = |at: u32| length.min(elapsed.saturating_sub(length * at)).as_secs_f64();
        rows.iter().zip(0..).map(|(row, at)| (line.of)(row, seconds(at).max(1e-9))).collect()
    };
    let drawn: Vec<_> = lines.iter().map(|line| (line, values(line))).collect();
    let most = drawn.iter().flat_map(|(_, values)| values).fold(0.0_f64, |most, &value| most.max(value));
    let most = round_up(most);
    let end = length.as_secs_f64() * count(rows.len());
    let x = |seconds: f64| LEFT + (WIDTH - LEFT - RIGHT) * seconds / end;
    let y = |value: f64| bottom - PANEL * value / most;

    writeln!(svg, "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"bold\">{title}</text>", top - 10.0)?;
    for (at, (line, _)) in drawn.iter().enumerate() {
        let from = LEFT + 110.0 + 130.0 * count(at);
        let Line { name, colour, .. } = line;
        writeln!(svg, "<text x=\"{from:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>", top - 10.0)?;
    }
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let at = y(value);
        writeln!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#dddddd\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0,
            shortest(value),
        )?;
        let time = length * u32::try_from(rows.len()).unwrap_or(u32::MAX) * step / 4;
        let anchor = if step == 4 { "end" } else { "middle" };
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            x(time.as_secs_f64()),
            bottom + 18.0,
            humantime::format_duration(time),
        )?;
    }
    for (Line { colour, .. }, values) in &drawn {
        let mut points = String::new();
        for (at, &value) in values.iter().enumerate() {
            // A row is a step: it says nothing of what was when within it.
            let (from, to) = (count(at), count(at + 1));
            let seconds = length.as_secs_f64();
            write!(
                points,
                "{:.1},{:.1} {:.1},{:.1} ",
                x(from * seconds),
                y(value),
                x(to * seconds),
                y(value)
            )?;
        }
        let points = points.trim_end();
        writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{points}\"/>"
        )?;
    }
    Ok(())
}

/// The next number that is 1, 2 or 5 times a power of ten, and four times which is easy to read.
fn round_up(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10.0_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|&round| round >= most).unwrap_or(power * 10.0)
}

/// A number without zeros at its end.
fn shortest(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "it becomes a point on a screen")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "there are some hundreds of rows")]
fn count(rows: usize) -> f64 {
    rows as f64
}
