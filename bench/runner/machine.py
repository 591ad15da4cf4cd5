"""The machine that is measured on: what it is, and whether somebody else is using it."""
import os
import platform
import resource
import subprocess


def description():
    model, cpus, virtual = "unknown CPU", os.cpu_count(), False
    with open("/proc/cpuinfo") as f:
        for line in f:
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            elif key.strip() == "flags":
                virtual = "hypervisor" in value.split()
    compiler = subprocess.run(["g++", "-dumpfullversion"], capture_output=True, text=True, check=True).stdout.strip()
    return f"{cpus} {'virtual ' if virtual else ''}CPUs ({model}), Linux {platform.release()}, g++ {compiler}, Boost 1.81"


class Usage:
    """CPU seconds so far: of everybody, of this process with the children it has reaped, and what there was to use."""

    def __init__(self):
        with open("/proc/stat") as f:
            ticks = [int(field) for field in f.readline().split()[1:9]]
        second = os.sysconf("SC_CLK_TCK")
        self.there = sum(ticks) / second
        self.used = (sum(ticks) - ticks[3] - ticks[4]) / second  # all but idle and iowait; steal counts as used
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        self.ours = sum(usage.ru_utime + usage.ru_stime for usage in own)

    def share_of_others_since(self, before):
        """The share of the machine's CPU time since `before` that went to anybody but us: other programs, or, on a
        virtual machine, its neighbours."""
        others = (self.used - before.used) - (self.ours - before.ours)
        return max(0.0, others / (self.there - before.there))
