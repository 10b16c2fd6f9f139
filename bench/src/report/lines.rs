//! How a cost grows with the size of something, each beside what it was at the smallest size.

use super::svg::{Anchor, Drawing};
use crate::measured::{Measured, figure};

const WIDTH: f64 = 840.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 330.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 56.0;
/// Names at the end of lines that lie close to each other are moved apart by this much.
const APART: f64 = 15.0;

/// A figure at several sizes.
#[derive(Debug, PartialEq)]
struct Series {
    name: String,
    /// Sizes and medians, smallest size first.
    points: Vec<(f64, f64)>,
    of: String,
}

/// Draws the figures whose names end in a size ("… at 1 M events"); nothing where there are none. `bound` is how
/// much they may grow.
pub fn draw(title: &str, lines: &[&Measured], bound: f64) -> Option<String> {
    let all = series(lines);
    let sizes = sizes(&all);
    let (smallest, largest) = (*sizes.first()?, *sizes.last()?);
    let of = all.first()?.of.clone();
    let relative = |series: &Series| -> Vec<(f64, f64)> {
        let base = series.points[0].1;
        series
            .points
            .iter()
            .map(|(size, value)| (*size, value / base))
            .collect()
    };
    let most = all
        .iter()
        .flat_map(relative)
        .map(|(_, value)| value)
        .fold(bound, f64::max);
    let top = (most * 1.1 * 5.0).ceil() / 5.0;
    let x = |size: f64| {
        let share = (size / smallest).ln() / (largest / smallest).ln();
        LEFT + share * (WIDTH - LEFT - RIGHT)
    };
    let y = |value: f64| HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);

    let mut drawing = Drawing::new(WIDTH, HEIGHT, title);
    drawing.text(20.0, 28.0, Anchor::Start, "text title", title);
    let axis = format!("times what it is at {}", size_name(smallest));
    drawing.text(20.0, 50.0, Anchor::Start, "dim small", &axis);
    let step = if top > 4.0 { top.ceil() / 5.0 } else { 0.5 };
    let mut tick = 0.0;
    while tick <= top {
        drawing.rule((LEFT, y(tick)), (WIDTH - RIGHT, y(tick)), "rule");
        drawing.text(
            LEFT - 8.0,
            y(tick) + 4.0,
            Anchor::End,
            "dim small",
            &format!("{tick:.1}"),
        );
        tick += step;
    }
    for size in &sizes {
        drawing.text(
            x(*size),
            HEIGHT - BOTTOM + 20.0,
            Anchor::Middle,
            "dim small",
            &size_name(*size),
        );
    }
    let middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
    drawing.text(middle, HEIGHT - 16.0, Anchor::Middle, "dim small", &of);
    drawing.rule((LEFT, y(bound)), (WIDTH - RIGHT, y(bound)), "bound");
    drawing.text(
        LEFT + 4.0,
        y(bound) - 5.0,
        Anchor::Start,
        "bounded small",
        &format!("wanted: at most {bound} ×"),
    );

    let mut names = Vec::new();
    for (nth, series) in all.iter().enumerate() {
        let points = relative(series);
        let last = points[points.len() - 1].1;
        let placed: Vec<_> = points
            .iter()
            .map(|(size, value)| (x(*size), y(*value)))
            .collect();
        drawing.line(
            &placed,
            nth,
            &format!("{}: {} ×", series.name, figure(last)),
        );
        names.push((y(last), nth, format!("{} {} ×", series.name, figure(last))));
    }
    for (at, nth, name) in moved_apart(names) {
        drawing.name(WIDTH - RIGHT + 10.0, at + 4.0, nth, &name);
    }
    Some(drawing.finish())
}

/// From top to bottom, each at least [`APART`] below the one before, and none below the axis.
fn moved_apart(mut names: Vec<(f64, usize, String)>) -> Vec<(f64, usize, String)> {
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut highest = TOP;
    for name in &mut names {
        name.0 = name.0.max(highest);
        highest = name.0 + APART;
    }
    let mut lowest = HEIGHT - BOTTOM;
    for name in names.iter_mut().rev() {
        name.0 = name.0.min(lowest);
        lowest = name.0 - APART;
    }
    names
}

/// Those that were measured at two sizes at least.
fn series(lines: &[&Measured]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for line in lines {
        let Some((name, size, of)) = sized(&line.what) else {
            continue;
        };
        let point = (size, line.median());
        match all.iter_mut().find(|series| series.name == name) {
            Some(series) => series.points.push(point),
            None => all.push(Series {
                name: name.to_owned(),
                points: vec![point],
                of: of.to_owned(),
            }),
        }
    }
    all.retain(|series| series.points.len() > 1);
    for series in &mut all {
        series.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    all
}

fn sizes(all: &[Series]) -> Vec<f64> {
    let mut sizes: Vec<f64> = all
        .iter()
        .flat_map(|series| &series.points)
        .map(|(size, _)| *size)
        .collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    sizes
}

/// Takes "append, p50 at 10 k events" apart, or "CPU an event, 9,000 clients".
fn sized(what: &str) -> Option<(&str, f64, &str)> {
    let (name, size) = what
        .rsplit_once(" at ")
        .or_else(|| what.rsplit_once(", "))?;
    let digits = size
        .find(|c: char| !c.is_ascii_digit() && c != ',')
        .unwrap_or(size.len());
    let number: f64 = size[..digits].replace(',', "").parse().ok()?;
    let rest = size[digits..].trim_start();
    let (times, of) = match rest.split_once(' ') {
        Some(("k", of)) => (1e3, of),
        Some(("M", of)) => (1e6, of),
        _ => (1.0, rest),
    };
    // Nothing is a size that others could be so many times of.
    (number > 0.0).then_some((name, number * times, of))
}

fn size_name(size: f64) -> String {
    if size >= 1e6 {
        format!("{} M", figure_of(size / 1e6))
    } else if size >= 10_000.0 {
        format!("{} k", figure_of(size / 1e3))
    } else {
        figure(size)
    }
}

fn figure_of(size: f64) -> String {
    format!("{size:.1}").trim_end_matches(".0").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_names() {
        assert_eq!(
            sized("append, p50 at 10 k events"),
            Some(("append, p50", 1e4, "events"))
        );
        assert_eq!(sized("page at 10 M events"), Some(("page", 1e7, "events")));
        assert_eq!(
            sized("cost at 9,000 clients"),
            Some(("cost", 9e3, "clients"))
        );
        assert_eq!(
            sized("p99 at 50 events/s to 1,000 clients"),
            Some(("p99", 50.0, "events/s to 1,000 clients"))
        );
        assert_eq!(
            sized("CPU an event, 9,000 clients"),
            Some(("CPU an event", 9e3, "clients"))
        );
        for unsized_one in ["p99", "p99, all", "CPU an event, 0 clients"] {
            assert_eq!(sized(unsized_one), None);
        }
        assert_eq!(
            [1e4, 1e6, 1e7, 100.0].map(size_name),
            ["10 k", "1 M", "10 M", "100"]
        );
    }

    #[test]
    fn names_of_lines_that_end_together_do_not_cover_each_other() {
        let names = (0..17).map(|nth| (150.0, nth, String::new())).collect();
        let placed = moved_apart(names);
        for pair in placed.windows(2) {
            assert!(pair[1].0 - pair[0].0 >= APART);
        }
        assert!(placed[0].0 >= TOP && placed[16].0 <= HEIGHT - BOTTOM);
    }
}
