namespace Rel4.Metal.Tests;

/// <summary>Does the kernel core, compiled without .NET, do on a bare machine what the design's tables say?</summary>
/// <remarks>The rows are spelled out here once more, so that one left out of the image is noticed.</remarks>
public sealed class ProofTests(ProofImage image) : IClassFixture<ProofImage>
{
    private const int Passed = (0x10 << 1) | 1;
    private const int Failed = (0x11 << 1) | 1;

    /// <summary>Gets every cell of the design's tables for endpoints and notifications, the calls built on them, and the root task's capabilities.</summary>
    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (string state in (string[])["idle", "send", "recv"])
            {
                foreach (string operation in (string[])["Send", "NBSend", "Recv", "NBRecv", "Call", "ReplyRecv"])
                    rows.Add("endpoint", state, operation);
            }

            foreach (string state in (string[])["idle", "waiting", "active"])
            {
                foreach (string operation in (string[])["Signal", "Wait", "Poll"])
                    rows.Add("notification", state, operation);
            }

            rows.Add("notification", "bound", "Signal");
            foreach (string operation in (string[])["TCB", "CNode", "VSpace", "BootInfo", "IpcBuffer", "Untyped", "Retype", "Revoke"])
                rows.Add("root", "boot", operation);
            return rows;
        }
    }

    [Fact]
    public void Boot_AllRowsPass_ExitsWithPassed()
    {
        ProgramRun boot = image.Boot;
        Assert.True(boot.ExitCode == Passed, $"QEMU ended with {boot.ExitCode}:\n{boot.Output}{boot.Errors}");
        Assert.Contains($"passed {Rows.Count} of {Rows.Count} rows", boot.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Boot_EveryRow_IsPrintedOnceWithOk(string table, string state, string operation)
    {
        string[] row = Assert.Single(Words(image.Boot), words => words.Length > 4 && words.Take(3).SequenceEqual([table, state, operation]));
        Assert.Equal("ok", row[^1]);
    }

    [Fact]
    public async Task Boot_OneRowExpectsTheWrongThing_FailsThatRowOnly()
    {
        ProgramRun boot = await ProofImage.BootAsync("plant-failure");
        Assert.True(boot.ExitCode == Failed, $"QEMU ended with {boot.ExitCode}:\n{boot.Output}{boot.Errors}");
        string[] row = Assert.Single(Words(boot), words => words.Length > 4 && words[^1] == "FAILED");
        Assert.Equal(["endpoint", "send", "Recv"], row[..3]);
        Assert.Contains($"passed {Rows.Count - 1} of {Rows.Count} rows", boot.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string[]> Words(ProgramRun run) =>
        run.Output.Split('\n').Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
