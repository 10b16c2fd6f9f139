//! Who was how fast: a panel a figure, a bar a subject, all beside each other.

use std::fmt::Write as _;

use super::svg::{Anchor, Drawing};
use crate::measured::{Measured, WAYBILL, figure};

const WIDTH: f64 = 840.0;
const LEFT: f64 = 270.0;
const RIGHT: f64 = 220.0;
const MARGIN: f64 = 20.0;
const ROW: f64 = 24.0;
const BAR: f64 = 16.0;
const PANEL_HEAD: f64 = 34.0;
const TITLE: f64 = 44.0;

/// Draws the lines of one row of the targets; nothing where nobody is compared with anybody.
pub fn draw(title: &str, lines: &[&Measured]) -> Option<String> {
    let panels = panels(lines);
    let rows: usize = panels.iter().map(Vec::len).sum();
    if rows == 0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
    let height = TITLE + panels.len() as f64 * PANEL_HEAD + rows as f64 * ROW + MARGIN;
    let mut drawing = Drawing::new(WIDTH, height, &format!("{title}: {}", spoken(&panels)));
    drawing.text(MARGIN, 28.0, Anchor::Start, "text title", title);
    let mut y = TITLE;
    for panel in &panels {
        draw_panel(&mut drawing, panel, y);
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        let rows = panel.len() as f64;
        y += PANEL_HEAD + rows * ROW;
    }
    Some(drawing.finish())
}

/// The lines of each figure that more than one has, in the order in which the figures were first named.
fn panels<'a>(lines: &[&'a Measured]) -> Vec<Vec<&'a Measured>> {
    let mut panels: Vec<Vec<&Measured>> = Vec::new();
    for line in lines {
        let same =
            |panel: &&mut Vec<&Measured>| panel[0].what == line.what && panel[0].unit == line.unit;
        match panels.iter_mut().find(same) {
            Some(panel) => panel.push(line),
            None => panels.push(vec![line]),
        }
    }
    panels.retain(|panel| panel.len() > 1);
    panels
}

fn draw_panel(drawing: &mut Drawing, panel: &[&Measured], top: f64) {
    let Some(first) = panel.first() else { return };
    let head = format!("{} ({}; {})", first.what, first.unit, better(&first.unit));
    drawing.text(MARGIN, top + 22.0, Anchor::Start, "dim", &head);
    let most = panel.iter().map(|line| line.median()).fold(0.0, f64::max);
    let ours = panel
        .iter()
        .find(|line| line.subject == WAYBILL)
        .map(|line| line.median());
    let mut y = top + PANEL_HEAD;
    for line in panel {
        let value = line.median();
        let is_ours = line.subject == WAYBILL;
        let width = if most > 0.0 {
            value / most * (WIDTH - LEFT - RIGHT)
        } else {
            0.0
        };
        let text = if is_ours { "text head" } else { "text" };
        drawing.text(LEFT - 10.0, y + 12.5, Anchor::End, text, &line.subject);
        let says = format!("{}: {} {}", line.subject, figure(value), line.unit);
        let class = if is_ours { "ours" } else { "peer" };
        drawing.bar(LEFT, y, width.max(1.5), BAR, class, &says);
        let mut label = format!("{} {}", figure(value), line.unit);
        if let Some(ours) = ours.filter(|_| !is_ours) {
            let _ = write!(label, "  (waybill: {} ×)", figure(ours / value)); // to a String
        }
        drawing.text(
            LEFT + width.max(1.5) + 8.0,
            y + 12.5,
            Anchor::Start,
            text,
            &label,
        );
        y += ROW;
    }
    drawing.rule((LEFT, top + PANEL_HEAD - 4.0), (LEFT, y - 4.0), "rule");
}

/// Which way is good.
pub fn better(unit: &str) -> &'static str {
    if more_is_better(unit) {
        "more is better"
    } else {
        "less is better"
    }
}

/// Rates are good when they are high; times, sizes and costs when they are low.
pub fn more_is_better(unit: &str) -> bool {
    unit.ends_with("/s")
}

fn spoken(panels: &[Vec<&Measured>]) -> String {
    let of_panel = |panel: &Vec<&Measured>| {
        let bars = panel
            .iter()
            .map(|line| format!("{} {} {}", line.subject, figure(line.median()), line.unit));
        format!("{}: {}", panel[0].what, bars.collect::<Vec<_>>().join(", "))
    };
    panels.iter().map(of_panel).collect::<Vec<_>>().join("; ")
}
