//! How the servers of others differ from the specification, as found by this suite, and why. Versions:
//! pymodbus 3.12.1, libmodbus 3.1.6.

use super::Difference;

/// Cases that go the same way for the same reason.
pub struct Known {
    server: &'static str,
    /// Names of cases, or what stands behind the function code in them.
    cases: &'static [&'static str],
    /// How the outcome begins.
    got: &'static str,
    pub why: &'static str,
}

impl Known {
    pub fn covers(&self, difference: &Difference) -> bool {
        let case = difference.case.as_str();
        let kind = case.split_once(": ").map_or(case, |(_, kind)| kind);
        let named = |name: &&str| *name == case || *name == kind;
        self.cases.iter().any(named) && difference.got.to_string().starts_with(self.got)
    }

    pub fn name(&self) -> String {
        format!("{} -> {}", self.cases.join(", "), self.got)
    }
}

/// What is known of a server.
pub fn of(server: &str) -> Vec<&'static Known> {
    KNOWN.iter().filter(|known| known.server == server).collect()
}

const KNOWN: &[Known] = &[
    Known {
        server: "pymodbus",
        cases: &["most + 1", "none"],
        got: "reply",
        why: "quantities are not checked; a reply may be longer than the protocol allows",
    },
    Known {
        server: "pymodbus",
        cases: &[
            "65535",
            "count before address: none",
            "count before address: most + 1",
            "count before address",
        ],
        got: "exception 2",
        why: "quantities are not checked, so the address is found wrong",
    },
    Known {
        server: "pymodbus",
        cases: &[
            "a byte short",
            "no data",
            "byte count one short",
            "byte count beyond the data",
            "wrong byte count",
        ],
        got: "closed",
        why: "unpacking fails with an exception of Python that ends the connection",
    },
    Known {
        server: "pymodbus",
        cases: &["16: most + 1", "16: byte count before address", "23: most + 1 written"],
        got: "closed",
        why: "unpacking fails with an exception of Python that ends the connection",
    },
    Known {
        server: "pymodbus",
        cases: &["15: byte count before address"],
        got: "exception 2",
        why: "the byte count of coils is not looked at",
    },
    Known {
        server: "pymodbus",
        cases: &["a byte more", "byte count one more", "data beyond the byte count"],
        got: "reply",
        why: "bytes behind what is needed are ignored",
    },
    Known {
        server: "pymodbus",
        cases: &["15: byte count one short", "15: byte count beyond the data"],
        got: "reply",
        why: "missing coils are taken for off",
    },
    Known {
        server: "pymodbus",
        cases: &["value 0x0001", "value 0x00ff", "value 0xff01", "value 0xffff"],
        got: "reply",
        why: "any value of a coil is taken",
    },
    Known {
        server: "pymodbus",
        cases: &[
            "value before address: 0x0001",
            "value before address: 0x00ff",
            "value before address: 0xff01",
            "value before address: 0xffff",
        ],
        got: "exception 2",
        why: "any value of a coil is taken",
    },
    Known {
        server: "pymodbus",
        cases: &[
            "0: not a function of this server",
            "9: not a function of this server",
            "65: not a function of this server",
            "100: not a function of this server",
            "127: not a function of this server",
        ],
        got: "unsound",
        why: "the exception carries transaction 0 and a function code of its own in place of ours",
    },
    Known {
        server: "pymodbus",
        cases: &["131: not a function of this server", "255: not a function of this server"],
        got: "exception 4",
        why: "a request with the exception bit is taken for a reply",
    },
    Known {
        server: "libmodbus",
        cases: &["a byte short", "no data", "byte count beyond the data"],
        got: "closed",
        why: "the length comes from the function, not the header: it waits, and gives up",
    },
    Known {
        server: "libmodbus",
        cases: &["15: most + 1", "16: most + 1", "23: most + 1 written"],
        got: "closed",
        why: "the byte count is believed before the quantity is judged: it waits, and gives up",
    },
    Known {
        server: "libmodbus",
        cases: &["a byte more", "data beyond the byte count"],
        got: "reply",
        why: "the length comes from the function, not the header: the rest is left lying",
    },
    Known {
        server: "libmodbus",
        cases: &["15: byte count one more"],
        got: "reply",
        why: "the byte count of coils is compared from one side only",
    },
    Known {
        server: "libmodbus",
        cases: &[
            "value before address: 0x0001",
            "value before address: 0x00ff",
            "value before address: 0xff01",
            "value before address: 0xffff",
        ],
        got: "exception 2",
        why: "the address of a coil is judged before its value",
    },
    Known {
        server: "libmodbus",
        cases: &["131: not a function of this server", "255: not a function of this server"],
        got: "reply of 2",
        why: "0x80 is added to the function code, which wraps to a code without the exception bit",
    },
    Known {
        server: "libmodbus",
        cases: &[
            "protocol identifier 1",
            "protocol identifier 65535",
            "length 0",
            "length 1, no function",
            "length 255",
        ],
        got: "reply",
        why: "neither protocol identifier nor length of the header are looked at",
    },
];
