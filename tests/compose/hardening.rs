//! What a container may do: nothing as root, and nothing to a file that is not on a volume or in memory.

use serde_json::Value;

use crate::stack::Stack;

/// Prints every place that the container's user can write to: on the image's file system, and the mounts.
const WRITABLE: &str = r#"
find / -xdev -writable ! -type l ! -type c 2>/dev/null
cut -d ' ' -f 5 /proc/self/mountinfo | while read -r mount; do
    case $mount in /proc | /proc/* | /sys | /sys/* | /dev | /dev/pts* | /dev/console) continue ;; esac
    [ ! -w "$mount" ] || echo "$mount"
done
"#;

/// Memory that every container has.
const EVERYWHERE: [&str; 3] = ["/dev/shm", "/dev/mqueue", "/tmp"];

pub fn no_container_is_root_or_writes_outside_its_volumes(stack: &Stack) {
    let containers = stack.containers();
    let inspect = [&["inspect"], &as_strs(&containers)[..]].concat();
    let inspected: Value = serde_json::from_str(&stack.docker(&inspect)).unwrap();
    let mut services = Vec::new();
    for container in inspected.as_array().unwrap() {
        let service = &container["Config"]["Labels"]["com.docker.compose.service"];
        let service = service.as_str().unwrap();
        services.push(service);
        let user = container["Config"]["User"].as_str().unwrap();
        assert!(!matches!(user, "" | "root" | "0"), "{service}: {user:?}");
        let host = &container["HostConfig"];
        assert_eq!(host["ReadonlyRootfs"], true, "{service}");
        assert_eq!(host["Privileged"], false, "{service}");
        assert_eq!(host["CapDrop"], serde_json::json!(["ALL"]), "{service}");
        assert_eq!(host["CapAdd"], Value::Null, "{service}");
        let options = host["SecurityOpt"].to_string();
        assert!(
            options.contains("no-new-privileges"),
            "{service}: {options}"
        );
        assert!(host["Memory"].as_u64().unwrap() > 0, "{service}");
        assert!(host["PidsLimit"].as_u64().unwrap() > 0, "{service}");
        if container["State"]["Running"] == true {
            runs_as_nobody_special(stack, service);
            writes_only_to(stack, service, container);
        }
    }
    for service in ["postgres", "migrate", "static", "engine", "nginx"] {
        assert!(services.contains(&service), "{service} is missing");
    }
}

fn runs_as_nobody_special(stack: &Stack, service: &str) {
    let script = "grep -h ^Uid: /proc/[0-9]*/status";
    let processes = stack.inside(service, &["sh", "-c", script]);
    let processes = String::from_utf8(processes.stdout).unwrap();
    let uids: Vec<_> = processes
        .split_whitespace()
        .filter(|word| *word != "Uid:")
        .collect();
    assert!(!uids.is_empty(), "{service}");
    assert!(!uids.contains(&"0"), "{service} runs as root:\n{processes}");
}

fn writes_only_to(stack: &Stack, service: &str, container: &Value) {
    let memory = container["HostConfig"]["Tmpfs"].as_object().unwrap();
    let volumes = container["Mounts"].as_array().unwrap().iter();
    let volumes = volumes.filter(|mount| mount["RW"] == true && mount["Type"] == "volume");
    let allowed: Vec<_> = volumes
        .map(|mount| mount["Destination"].as_str().unwrap())
        .chain(memory.keys().map(String::as_str))
        .chain(EVERYWHERE)
        .collect();
    let found = stack.inside(service, &["sh", "-c", WRITABLE]);
    let found = String::from_utf8(found.stdout).unwrap();
    // The script sees what can be written, if there is something.
    assert!(found.lines().any(|path| path == "/tmp"), "{service}");
    let outside: Vec<_> = found
        .lines()
        .filter(|path| !allowed.contains(path))
        .collect();
    assert_eq!(outside, [""; 0], "{service} can write there");
    let touched = stack.inside(service, &["sh", "-c", "echo >/usr/bin/new"]);
    assert!(!touched.status.success(), "{service}");
}

fn as_strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
