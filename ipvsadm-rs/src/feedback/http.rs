// SPDX-License-Identifier: GPL-2.0
//! Answers over HTTP/1.0. Only whole ones count, as far as can be told: many have no length, and end with
//! the connection.

use super::reading::{excerpt, Problem};

/// The most fields that a head may have.
const FIELDS: usize = 64;

/// The body of an answer, which has ended with the connection.
pub fn body(answer: &[u8]) -> Result<&[u8], Problem> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS];
    let mut head = httparse::Response::new(&mut fields);
    let parsed = head.parse(answer);
    let httparse::Status::Complete(length) =
        parsed.map_err(|error| format!("the answer is not one of HTTP: {error}"))?
    else {
        return Err("the answer ends within its head".into());
    };
    match head.code {
        Some(200) => whole(head.headers, &answer[length..]),
        status => Err(format!("HTTP status {}", status.unwrap_or(0))),
    }
}

/// The body if it is as long as the head says.
fn whole<'a>(fields: &[httparse::Header<'_>], body: &'a [u8]) -> Result<&'a [u8], Problem> {
    for field in fields {
        let value = String::from_utf8_lossy(field.value);
        if field.name.eq_ignore_ascii_case("transfer-encoding") {
            let coding = excerpt(&value);
            return Err(format!(
                "the answer is {coding}, which HTTP/1.0 does not know"
            ));
        }
        if field.name.eq_ignore_ascii_case("content-length") && value != body.len().to_string() {
            let (length, value) = (body.len(), excerpt(&value));
            return Err(format!("the answer has {length} bytes instead of {value}"));
        }
    }
    Ok(body)
}

/// The body if it is one of metrics, the last line of which has an end.
pub fn metrics(answer: &[u8]) -> Result<&[u8], Problem> {
    match body(answer)? {
        body @ [.., b'\n'] => Ok(body),
        _ => Err("the answer ends within a line".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<&str, Problem> {
        body(answer.as_bytes()).map(|body| std::str::from_utf8(body).unwrap())
    }

    #[test]
    fn whole_answers() {
        assert_eq!(read("HTTP/1.0 200 OK\r\nA: b\r\n\r\nx y"), Ok("x y"));
        assert_eq!(
            read("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nx y"),
            Ok("x y")
        );
        assert_eq!(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), Ok(""));
    }

    #[test]
    fn metrics_end_with_a_line() {
        assert_eq!(metrics(b"HTTP/1.0 200 OK\r\n\r\nx 1\n"), Ok(&b"x 1\n"[..]));
        for cut in ["x 1\ny 1", ""] {
            let answer = format!("HTTP/1.0 200 OK\r\n\r\n{cut}");
            let problem = metrics(answer.as_bytes()).unwrap_err();
            assert_eq!(problem, "the answer ends within a line");
        }
        assert!(metrics(b"HTTP/1.0 404 Not Found\r\n\r\nx\n").is_err());
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (answer, expected) in [
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nx y",
                "the answer has 3 bytes instead of 4",
            ),
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nx y",
                "the answer has 3 bytes instead of 2",
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nx y\r\n0\r\n\r\n",
                "the answer is chunked, which HTTP/1.0 does not know",
            ),
            ("HTTP/1.0 404 Not Found\r\n\r\nx", "HTTP status 404"),
            (
                "HTTP/1.0 200 OK\r\nA: b\r\n",
                "the answer ends within its head",
            ),
            ("", "the answer ends within its head"),
            ("x", "the answer is not one of HTTP: "),
            ("SSH-2.0-x\r\n", "the answer is not one of HTTP: "),
        ] {
            let problem = read(answer).unwrap_err();
            assert!(problem.starts_with(expected), "{answer}: {problem}");
        }
    }
}
