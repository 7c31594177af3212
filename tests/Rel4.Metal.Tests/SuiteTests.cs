namespace Rel4.Metal.Tests;

/// <summary>Does the kernel on the bare machine do for tasks in ring 3 what it should, and to them what it should?</summary>
/// <remarks>The rows are spelled out here once more, so that one left out of the root task is noticed.</remarks>
public sealed class SuiteTests(BuiltImages images)
{
    private static readonly (string Subject, string State, string[] Operations)[] Expected =
    [
        ("endpoint", "idle", ["Send", "NBSend", "Recv", "NBRecv", "Call", "ReplyRecv"]),
        ("endpoint", "send", ["Send", "NBSend", "Recv", "NBRecv", "Call", "ReplyRecv"]),
        ("endpoint", "recv", ["Send", "NBSend", "Recv", "NBRecv", "Call", "ReplyRecv"]),
        ("notification", "idle", ["Signal", "Wait", "Poll"]),
        ("notification", "waiting", ["Signal", "Wait", "Poll"]),
        ("notification", "active", ["Signal", "Wait", "Poll"]),
        ("notification", "bound", ["Signal"]),
        ("transfer", "path set", ["Send", "Send lesser"]),
        ("transfer", "no path", ["Send"]),
        ("transfer", "no Grant", ["Send"]),
        ("transfer", "same endpoint", ["Send"]),
        ("transfer", "reply saved", ["SaveCaller"]),
        ("transfer", "120 words", ["Call"]),
        ("fault", "VM", ["read", "write", "fetch"]),
        ("fault", "exception", ["undefined", "divide", "privileged", "refused", "x87"]),
        ("fault", "system call", ["unknown"]),
        ("fault", "capability", ["Recv", "Send"]),
        ("fault", "no handler", ["read"]),
        ("scheduling", "lower", ["made runnable", "higher waits"]),
        ("scheduling", "higher", ["made runnable"]),
        ("scheduling", "equal", ["endless loop", "two loops", "Yield"]),
        ("scheduling", "raised", ["SetPriority"]),
        ("root", "boot", ["TCB", "CNode", "VSpace", "BootInfo", "IpcBuffer", "Untyped", "Retype", "Revoke"]),
        ("boot", "slots", ["order"]),
        ("boot", "untyped", ["describe"]),
        ("boot", "RAM", ["Retype"]),
        ("boot", "further", ["read"]),
        ("domain", "one", ["Set"]),
        ("memory", "device", ["Map"]),
        ("memory", "mapped", ["write", "revoke", "delete", "Unmap", "table unmapped", "Map read-only"]),
        ("memory", "revoked", ["Retype"]),
        ("memory", "used up", ["Retype"]),
        ("memory", "any", ["Map"]),
        ("memory", "no ASID", ["Map"]),
        ("paging", "empty", ["Map"]),
        ("paging", "table mapped", ["Map"]),
        ("paging", "table copied", ["Unmap"]),
        ("paging", "table unmapped", ["Copy"]),
        ("paging", "page mapped", ["Map", "GetAddress"]),
        ("paging", "any", ["wrong label"]),
        ("paging", "large page", ["Map"]),
        ("paging", "huge page", ["Map"]),
        ("ASID", "pool", ["MakePool"]),
        ("ASID", "none", ["SetSpace, Copy"]),
        ("ASID", "pool deleted", ["Map"]),
        ("takeover", "pool deleted", ["revoke, Retype", "Unmap, Retype"]),
        ("takeover", "read and write", ["execute"]),
        ("takeover", "any order", ["random calls"]),
        ("ports", "free", ["Issue"]),
        ("ports", "taken", ["In, Out"]),
        ("ports", "deleted", ["Issue"]),
        ("interrupt", "free", ["Get"]),
        ("interrupt", "no signal set", ["SetNotification"]),
        ("interrupt", "waited for", ["comes"]),
        ("interrupt", "handled", ["Ack"]),
        ("interrupt", "deleted", ["comes"]),
        ("interrupt", "pin free", ["GetIOAPIC"]),
        ("interrupt", "pin waited for", ["comes"]),
        ("interrupt", "line 13 taken", ["x87 error"]),
        ("interrupt", "no table", ["SENDUIPI"]),
        ("interrupt", "to itself", ["SENDUIPI"]),
        ("interrupt", "masked", ["SENDUIPI"]),
        ("interrupt", "preempted", ["SENDUIPI", "Signal"]),
        ("interrupt", "two bits", ["SENDUIPI"]),
        ("interrupt", "parked", ["SENDUIPI"]),
        ("interrupt", "parked, bound", ["SENDUIPI"]),
        ("interrupt", "posted before", ["Wait", "Poll"]),
        ("interrupt", "no handler", ["SENDUIPI"]),
        ("interrupt", "pending", ["Unregister"]),
        ("interrupt", "registered", ["Register"]),
        ("interrupt", "table full", ["Register"]),
        ("interrupt", "crowded", ["Register"]),
        ("interrupt", "revoked", ["SENDUIPI"]),
        ("interrupt", "no receiver", ["SENDUIPI"]),
        ("interrupt", "receiver dead", ["SENDUIPI"]),
        ("interrupt", "closed", ["comes", "Register"]),
        ("interrupt", "closed, parked", ["comes"]),
        ("interrupt", "stale handle", ["Unregister"]),
        ("interrupt", "unregistered", ["SENDUIPI"]),
        ("interrupt", "forged index", ["SENDUIPI"]),
        ("interrupt", "bad handler", ["SENDUIPI"]),
        ("interrupt", "kernel handler", ["SENDUIPI"]),
        ("interrupt", "no stack", ["SENDUIPI"]),
        ("interrupt", "crafted frame", ["UIRET"]),
        ("interrupt", "stopped", ["Unregister"]),
        ("registers", "x87 and SSE", ["Recv"]),
        ("registers", "FS base", ["SetTLSBase", "wrfsbase", "TCB_SetTLSBase"]),
        ("registers", "no FPU", ["SetFlags"]),
        ("registers", "selector", ["ds", "es", "fs", "gs"]),
        ("processor", "any", ["SetAffinity"]),
        ("batch", "all kinds", ["Submit"]),
        ("batch", "full", ["17th call"]),
        ("batch", "could block", ["Submit"]),
        ("batch", "long", ["Revoke"]),
        ("batch", "waiting", ["Wait"]),
        ("batch", "rung", ["SENDUIPI"]),
        ("batch", "none", ["Submit"]),
        ("batch", "counter forged", ["Submit"]),
        ("batch", "frame revoked", ["Submit, Wait"]),
        ("batch", "revokes frame", ["Submit"]),
        ("batch", "own CNode", ["Wait"]),
        ("batch", "own thread", ["Wait"]),
        ("batch", "another's frame", ["Submit, Wait"]),
        ("hostile", "loose",
        [
            "read kernel", "read image", "write kernel", "write image", "write text", "write null", "no address", "overflow",
            "jump to null", "jump to kernel", "jump to data", "jump nowhere",
            "start in kernel", "start nowhere", "no FPU, kernel", "no FPU, nowhere", "stack nowhere", "stack in kernel",
            "cli", "sti", "hlt", "in", "out", "mov cr0", "mov cr3", "mov cr4", "rdmsr", "wrmsr", "rdpmc", "lgdt", "lidt", "ltr", "invlpg", "wbinvd",
            "swapgs", "sysret", "int 0x20", "int 0x80", "int 14", "kernel segment", "int3", "ud2", "div", "single step", "stepped call",
            "direction flag", "nested task", "access flag", "no stack",
            "print", "write register", "read register", "bad buffer", "stray buffer", "lost buffer", "wild buffer", "endless loop", "endless calls", "random calls", "random threads",
        ]),
    ];

    /// <summary>Gets every row of the suite: subject, state, operation.</summary>
    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach ((string subject, string state, string[] operations) in Expected)
            {
                foreach (string operation in operations)
                    rows.Add(subject, state, operation);
            }

            return rows;
        }
    }

    [Fact]
    public void Test_AllRowsPass_EndsWithSuccess()
    {
        ProgramRun run = images.Suite;
        Assert.True(run.ExitCode == 0, $"rel4 metal test ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains($"passed {Rows.Count} of {Rows.Count} rows", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Test_EveryRow_IsPrintedOnceWithOk(string subject, string state, string operation)
    {
        SuiteRow row = Assert.Single(SuiteRow.All(images.Suite), row => row.Is(subject, state, operation));
        Assert.Equal("ok", row.Result);
    }

    [Fact]
    public async Task Test_OneRowExpectsTheWrongThing_FailsThatRowOnly()
    {
        ProgramRun run = await images.RunAsync("test", "--plant-failure");
        Assert.True(run.ExitCode == 1, $"rel4 metal test ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        SuiteRow row = Assert.Single(SuiteRow.All(run), row => row.Result == "FAILED");
        Assert.True(row.Is("endpoint", "send", "Recv"));
        Assert.Contains($"passed {Rows.Count - 1} of {Rows.Count} rows", run.Output, StringComparison.Ordinal);
    }
}
