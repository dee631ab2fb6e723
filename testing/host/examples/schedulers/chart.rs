// SPDX-License-Identifier: GPL-2.0

//! Lines as SVG.

use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 48.0;
const COLOURS: [&str; 5] = ["#8a929c", "#c4511d", "#1f5fa8", "#2e8540", "#7a3e9d"];

/// A line and its name.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    points: Vec<(f64, f64)>,
}

impl Line {
    pub(crate) fn new(name: &'static str, points: Vec<(f64, f64)>) -> Self {
        Self { name, points }
    }
}

pub(crate) struct Chart {
    pub(crate) title: &'static str,
    pub(crate) x: &'static str,
    pub(crate) y: &'static str,
    /// Whether each step along x is twice the last.
    pub(crate) doubling: bool,
    pub(crate) lines: Vec<Line>,
}

impl Chart {
    /// A value of x along the axis, from 0 to 1.
    fn place(&self, x: f64) -> f64 {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let scale = |x: f64| if self.doubling { x.ln() } else { x };
        let all = || points().map(|&(x, _)| scale(x));
        let (least, most) = (
            all().fold(f64::MAX, f64::min),
            all().fold(f64::MIN, f64::max),
        );
        (scale(x) - least) / (most - least)
    }

    /// Where the axis of y ends, and its step.
    fn limit(&self) -> (f64, f64) {
        let points = self.lines.iter().flat_map(|line| &line.points);
        let most = points.map(|&(_, y)| y).fold(0.0, f64::max);
        let power = 10_f64.powf((most / 6.0).log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = step.into_iter().find(|step| most / step <= 6.0);
        let step = step.unwrap_or(power);
        ((most / step).ceil() * step, step)
    }

    pub(crate) fn svg(&self) -> String {
        let (limit, step) = self.limit();
        let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        let at_x = |x: f64| LEFT + self.place(x) * width;
        let at_y = |y: f64| TOP + height - y / limit * height;
        let mut out = format!(
            "<!-- SPDX-License-Identifier: GPL-2.0 -->\n<svg xmlns=\"http://www.w3.org/2000/svg\" \
             viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
             <text x=\"{LEFT}\" y=\"20\" font-weight=\"bold\">{}</text>\n",
            self.title
        );
        for number in 0..=(limit / step).round() as u32 {
            let value = f64::from(number) * step;
            let y = at_y(value);
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT} {y:.1}h{width}\" stroke=\"#d8dce0\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                (value * 1000.0).round() / 1000.0
            );
        }
        let ticks: Vec<f64> = match self.doubling {
            true => self.lines[0].points.iter().map(|&(x, _)| x).collect(),
            false => (0..=6).map(|tick| f64::from(tick * 12)).collect(),
        };
        for tick in ticks {
            let _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick}</text>",
                at_x(tick),
                TOP + height + 16.0
            );
        }
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\n\
             <text transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            LEFT + width / 2.0,
            HEIGHT - 12.0,
            self.x,
            TOP + height / 2.0,
            self.y
        );
        for (number, (line, colour)) in self.lines.iter().zip(COLOURS).enumerate() {
            let points: Vec<String> = line
                .points
                .iter()
                .map(|&(x, y)| format!("{:.1},{:.1}", at_x(x), at_y(y)))
                .collect();
            let (x, y) = (LEFT + width + 12.0, TOP + 10.0 + 20.0 * number as f64);
            let _ = writeln!(
                out,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\"/>\n\
                 <path d=\"M{x} {:.1}h16\" stroke=\"{colour}\" stroke-width=\"3\"/>\
                 <text x=\"{}\" y=\"{y:.1}\">{}</text>",
                points.join(" "),
                y - 4.0,
                x + 20.0,
                line.name
            );
        }
        out.push_str("</svg>\n");
        out
    }

    /// The same in numbers.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            let every = line.points.len().div_ceil(15);
            let points = line.points.iter().step_by(every);
            let numbers: Vec<String> = points.map(|(x, y)| format!("{x:.0}: {y:.2}")).collect();
            let _ = writeln!(out, "  {:22} {}", line.name, numbers.join("  "));
        }
        out
    }
}
