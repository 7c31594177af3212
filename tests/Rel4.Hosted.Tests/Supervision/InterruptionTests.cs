using System.Diagnostics;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Tests Ctrl-C in a program that runs a system.</summary>
public sealed class InterruptionTests
{
    private const int Interrupt = 2;

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Signal.Terminate)]
    public async Task Interruption_OfARunningSystem_StopsTasksInReverse(int signal)
    {
        string probe = Path.Combine(AppContext.BaseDirectory, "Rel4.Hosted.Probe.dll");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        // Whoever runs these tests in the background of a script has them ignore the interruption, and so what they start.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", probe, "system"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process program = Process.Start(start)!;
        for (int waiting = 0; waiting < 2; waiting++)
            Assert.EndsWith("| waits", await program.StandardOutput.ReadLineAsync(cancellation), StringComparison.Ordinal);

        SystemCall.Invoke(SystemCallNumber.kill, program.Id, signal);
        string reports = await program.StandardError.ReadToEndAsync(cancellation);
        await program.WaitForExitAsync(cancellation);

        Assert.EndsWith("second * stopped (SIGTERM)\nfirst  * stopped (SIGTERM)\n", reports, StringComparison.Ordinal);
        Assert.Equal(0, program.ExitCode);
    }
}
