//! The table: every function code of the Modbus application protocol V1.1b3 that moves data, at the
//! smallest and largest count, one beyond, past the end of the table, with a wrong byte count, a wrong
//! value, cut short, and wrong in two ways at once; and the rules of the messaging guide for TCP.

/// Bits of each bit table of a server under test.
pub const BITS: u16 = 2_100;
/// Registers of each register table.
pub const WORDS: u16 = 300;

/// What the specification asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// This function code with data of this length that starts like this.
    Reply(usize, Vec<u8>),
    Exception(u8),
    /// No answer: the frame is discarded, with or without the connection.
    Discard,
}

/// One request and what must come back.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: String,
    /// Protocol identifier and unit of the frame.
    pub protocol: u16,
    pub pdu: Vec<u8>,
    /// Added to the true length in the header.
    pub length_error: i16,
    pub expect: Expect,
}

/// Words behind a function code, high byte first.
fn pdu(function: u8, words: &[u16]) -> Vec<u8> {
    let mut pdu = vec![function];
    pdu.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    pdu
}

/// The same with a byte count and that much data.
fn with_data(function: u8, words: &[u16], count: usize, data: usize) -> Vec<u8> {
    let mut pdu = pdu(function, words);
    pdu.push(count as u8);
    pdu.extend(std::iter::repeat_n(0x5A, data));
    pdu
}

struct Suite(Vec<Case>);

impl Suite {
    fn add(&mut self, name: String, pdu: Vec<u8>, expect: Expect) {
        self.0.push(Case { name, protocol: 0, pdu, length_error: 0, expect });
    }

    fn frame(&mut self, name: &str, protocol: u16, length_error: i16) {
        let pdu = pdu(3, &[0, 1]);
        self.0.push(Case { name: name.into(), protocol, pdu, length_error, expect: Expect::Discard });
    }

    /// Functions 1 to 4: address and count.
    fn reads(&mut self, function: u8, most: u16, size: u16) {
        let bytes = |count: u16| {
            if function <= 2 { usize::from(count).div_ceil(8) } else { 2 * usize::from(count) }
        };
        let good = |count| Expect::Reply(1 + bytes(count), vec![bytes(count) as u8]);
        let rows = [
            ("one", 0, 1, good(1)),
            ("nine", 3, 9, good(9)),
            ("most", 0, most, good(most)),
            ("most + 1", 0, most + 1, Expect::Exception(3)),
            ("none", 0, 0, Expect::Exception(3)),
            ("65535", 0, 65_535, Expect::Exception(3)),
            ("the last", size - 1, 1, good(1)),
            ("one past the last", size - 1, 2, Expect::Exception(2)),
            ("behind the table", size, 1, Expect::Exception(2)),
            ("past address 65535", 65_535, 2, Expect::Exception(2)),
            ("count before address: none", 65_535, 0, Expect::Exception(3)),
            ("count before address: most + 1", 65_535, most + 1, Expect::Exception(3)),
        ];
        for (what, start, count, expect) in rows {
            self.add(format!("{function}: {what}"), pdu(function, &[start, count]), expect);
        }
        self.lengths(function, &[0, 1]);
    }

    /// A request of fixed length, cut short and drawn out.
    fn lengths(&mut self, function: u8, words: &[u16]) {
        let mut short = pdu(function, words);
        short.pop();
        self.add(format!("{function}: a byte short"), short, Expect::Exception(3));
        self.add(format!("{function}: no data"), vec![function], Expect::Exception(3));
        let mut long = pdu(function, words);
        long.push(0);
        self.add(format!("{function}: a byte more"), long, Expect::Exception(3));
    }

    /// Functions 5 and 6: address and value; the reply is an echo.
    fn single(&mut self, function: u8, size: u16, good: &[u16], bad: &[u16]) {
        for &value in good {
            let request = pdu(function, &[0, value]);
            let echo = Expect::Reply(4, request[1..].to_vec());
            self.add(format!("{function}: value {value:#06x}"), request, echo);
        }
        for &value in bad {
            let name = format!("{function}: value {value:#06x}");
            self.add(name, pdu(function, &[0, value]), Expect::Exception(3));
            let name = format!("{function}: value before address: {value:#06x}");
            self.add(name, pdu(function, &[65_535, value]), Expect::Exception(3));
        }
        let value = good[0];
        let last = pdu(function, &[size - 1, value]);
        let echo = Expect::Reply(4, last[1..].to_vec());
        self.add(format!("{function}: the last"), last, echo);
        self.add(
            format!("{function}: behind the table"),
            pdu(function, &[size, value]),
            Expect::Exception(2),
        );
        self.lengths(function, &[0, value]);
    }

    /// Functions 15 and 16: address, count, byte count, data.
    fn multiple(&mut self, function: u8, most: u16, size: u16) {
        let bytes = |count: u16| {
            if function == 15 { usize::from(count).div_ceil(8) } else { 2 * usize::from(count) }
        };
        let mut row = |what: &str, start: u16, count: u16, said: usize, data: usize, expect: Expect| {
            let name = format!("{function}: {what}");
            self.add(name, with_data(function, &[start, count], said, data), expect);
        };
        let echo = |start: u16, count: u16| Expect::Reply(4, pdu(0, &[start, count])[1..].to_vec());
        let (refused, most_bytes) = (Expect::Exception(3), bytes(most));
        row("one", 0, 1, bytes(1), bytes(1), echo(0, 1));
        row("nine", 3, 9, bytes(9), bytes(9), echo(3, 9));
        row("most", 0, most, most_bytes, most_bytes, echo(0, most));
        // More data would not fit a frame.
        row("most + 1", 0, most + 1, bytes(most + 1), most_bytes, refused.clone());
        row("none", 0, 0, 0, 0, refused.clone());
        row("the last", size - 1, 1, bytes(1), bytes(1), echo(size - 1, 1));
        row("one past the last", size - 1, 2, bytes(2), bytes(2), Expect::Exception(2));
        row("past address 65535", 65_535, 2, bytes(2), bytes(2), Expect::Exception(2));
        row("byte count one short", 0, 16, bytes(16) - 1, bytes(16) - 1, refused.clone());
        row("byte count one more", 0, 16, bytes(16) + 1, bytes(16) + 1, refused.clone());
        row("byte count beyond the data", 0, 16, bytes(16), bytes(16) - 1, refused.clone());
        row("data beyond the byte count", 0, 16, bytes(16), bytes(16) + 1, refused.clone());
        row("byte count before address", 65_535, 16, 1, 1, refused.clone());
        row("count before address", 65_535, 0, 0, 0, refused);
    }

    /// Function 22: address and two masks.
    fn mask(&mut self) {
        let request = pdu(22, &[4, 0xF2, 0x25]);
        let echo = Expect::Reply(6, request[1..].to_vec());
        self.add("22: a register".into(), request, echo);
        self.add("22: behind the table".into(), pdu(22, &[WORDS, 0, 0]), Expect::Exception(2));
        self.lengths(22, &[4, 0xF2, 0x25]);
    }

    /// Function 23: what is read, what is written, byte count, data.
    fn exchange(&mut self) {
        let good = |count: usize| Expect::Reply(1 + 2 * count, vec![2 * count as u8]);
        let refused = || Expect::Exception(3);
        let rows = [
            ("one and one", [0, 1, 0, 1], 2, 2, Expect::Reply(3, vec![2, 0x5A, 0x5A])),
            ("most read", [0, 125, 0, 1], 2, 2, good(125)),
            ("most + 1 read", [0, 126, 0, 1], 2, 2, refused()),
            ("none read", [0, 0, 0, 1], 2, 2, refused()),
            ("most written", [0, 1, 0, 121], 242, 242, good(1)),
            ("most + 1 written", [0, 1, 0, 122], 244, 243, refused()),
            ("none written", [0, 1, 0, 0], 0, 0, refused()),
            ("wrong byte count", [0, 1, 0, 2], 3, 3, refused()),
            ("byte count beyond the data", [0, 1, 0, 2], 4, 3, refused()),
            ("reads behind the table", [WORDS, 1, 0, 1], 2, 2, Expect::Exception(2)),
            ("writes behind the table", [0, 1, WORDS, 1], 2, 2, Expect::Exception(2)),
            ("count before address", [65_535, 126, 65_535, 1], 2, 2, refused()),
        ];
        for (what, words, said, data, expect) in rows {
            self.add(format!("23: {what}"), with_data(23, &words, said, data), expect);
        }
    }
}

/// The whole table.
pub fn cases() -> Vec<Case> {
    let mut suite = Suite(Vec::new());
    suite.reads(1, 2_000, BITS);
    suite.reads(2, 2_000, BITS);
    suite.reads(3, 125, WORDS);
    suite.reads(4, 125, WORDS);
    suite.single(5, BITS, &[0xFF00, 0x0000], &[0x0001, 0x00FF, 0xFF01, 0xFFFF]);
    suite.single(6, WORDS, &[0x0000, 0x5A5A, 0xFFFF], &[]);
    suite.multiple(15, 1_968, BITS);
    suite.multiple(16, 123, WORDS);
    suite.mask();
    suite.exchange();
    // Reserved, user-defined, serial line only, and not a request at all.
    for function in [0, 9, 65, 100, 127, 0x83, 255] {
        let name = format!("{function}: not a function of this server");
        suite.add(name, vec![function, 0, 0, 0, 1], Expect::Exception(1));
    }
    suite.frame("header: protocol identifier 1", 1, 0);
    suite.frame("header: protocol identifier 65535", 65_535, 0);
    suite.frame("header: length 0", 0, -6);
    suite.frame("header: length 1, no function", 0, -5);
    suite.frame("header: length 255", 0, 249);
    suite.0
}
