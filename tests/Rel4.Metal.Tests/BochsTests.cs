using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rel4.Metal.Tests;

/// <summary>Does the kernel do in Bochs what it does in QEMU, and does the command say the same of it?</summary>
public sealed class BochsTests(BuiltImages images) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string Root = Image("root.elf");

    // What the machine puts into files of its own, it puts there.
    private readonly DirectoryInfo _temporary = Directory.CreateTempSubdirectory("rel4-bochs-tests-");

    public void Dispose() => _temporary.Delete(recursive: true);

    /// <remarks>The first has user interrupts, the second has none.</remarks>
    [Theory]
    [InlineData("sapphire_rapids", "1", "rel4: user interrupts by the processor")]
    [InlineData("corei7_skylake_x", "1", "rel4: user interrupts emulated")]
    [InlineData("sapphire_rapids", "4", "rel4: user interrupts by the processor")]
    public async Task Test_InBochs_PrintsWhatItPrintsInQemu(string model, string processors, string interrupts)
    {
        ProgramRun run = await RunAsync("test", "--cpu", model, "--cpus", processors);

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.StartsWith(interrupts + "\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(BehindFirstLine(images.Suite.Output), BehindFirstLine(run.Output));
        Assert.Empty(Left());
    }

    // Which says how the kernel has user interrupts.
    private static string BehindFirstLine(string text) => text[text.IndexOf('\n', StringComparison.Ordinal)..];

    [Fact]
    public async Task Test_OneRowExpectsTheWrongThing_EndsWithOne()
    {
        ProgramRun run = await RunAsync("test", "--plant-failure");

        Assert.True(run.ExitCode == 1, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Single(SuiteRow.All(run), row => row.Result == "FAILED");
    }

    [Theory]
    [InlineData(2, "root.elf", "there is no such module")]
    [InlineData(2, "kernel.map", "no statically linked x86-64 program")]
    [InlineData(3, "worker.elf", "the root task faulted")]
    public async Task Run_EndsBadly_SaysWhatItSaysInQemu(int exitCode, string root, string text)
    {
        ProgramRun inBochs = await RunAsync("run", "--root", Image(root)), inQemu = await images.RunAsync("run", "--root", Image(root));

        Assert.Equal((exitCode, BehindFirstLine(inQemu.Output)), (inBochs.ExitCode, BehindFirstLine(inBochs.Output)));
        Assert.Contains(text, inBochs.Output, StringComparison.Ordinal);
        Assert.Equal("", inBochs.Errors);
    }

    [Fact]
    public async Task Run_ModulesAndOptions_ReachTheGuest()
    {
        ProgramRun run = await RunAsync(
            "run", "--root", Root, "--module", $"{Image("worker.elf")} worker", "--module", $"{Image("hostile.elf")} hostile",
            "--memory", "4200M", "--root-cnode-bits", "16", "plant-failure");

        Assert.True(run.ExitCode == 1, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("memory behind 4 GiB holds what is written", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TooFewSlots_SaysHowToGiveMore()
    {
        ProgramRun run = await RunAsync("run", "--root", Root, "--root-cnode-bits", "8");

        Assert.True(run.ExitCode == 2, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.Contains("root-cnode-bits", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MemoryDoesNotHoldTheModules_SaysHowToGiveMore()
    {
        string large = Path.Combine(_temporary.FullName, "large");
        await File.WriteAllBytesAsync(large, new byte[16 << 20], TestContext.Current.CancellationToken);

        ProgramRun run = await RunAsync("run", "--root", Root, "--module", large, "--memory", "16M");

        Assert.Equal((10, ""), (run.ExitCode, run.Output));
        Assert.Contains("Give more with --memory.", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_UntilATextIsPrinted_EndsTheMachineWithSuccess()
    {
        ProgramRun run = await RunAsync(
            "run", "--root", Root, "--module", $"{Image("worker.elf")} worker", "--module", $"{Image("hostile.elf")} hostile", "--until", "endpoint      idle");

        Assert.True(run.ExitCode == 0, $"It ended with {run.ExitCode}:\n{run.Output}{run.Errors}");
        Assert.DoesNotContain("hostile", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TakesTooLong_SaysSoAndLeavesNothing()
    {
        ProgramRun run = await RunAsync("run", "--root", Endless(), "--timeout", "1");

        Assert.Equal((10, "rel4: The guest did not end within 1 s. Give it longer with --timeout.\n"), (run.ExitCode, run.Errors));
        Assert.Empty(Left());
        Assert.Empty(Running());
    }

    [Fact]
    public async Task Run_ModelIsUnknown_ShowsWhatBochsSays()
    {
        ProgramRun run = await RunAsync("test", "--cpu", "nonesuch");

        Assert.Equal((10, ""), (run.ExitCode, run.Output));
        Assert.Contains("wrong value for parameter 'model'", run.Errors, StringComparison.Ordinal);
        Assert.Empty(Left());
    }

    [Fact]
    public async Task Run_MoreProcessorsThanBochsHas_IsRefused()
    {
        ProgramRun run = await RunAsync("test", "--cpus", "5");

        Assert.Equal((1, "", "rel4: --cpus takes 4 at most in Bochs.\n"), (run.ExitCode, run.Output, run.Errors));
    }

    [Fact]
    public async Task Run_RealTime_IsRefused()
    {
        ProgramRun run = await RunAsync("test", "--real-time");

        Assert.Equal((1, "", "rel4: --real-time is QEMU's: in Bochs time always counts instructions.\n"), (run.ExitCode, run.Output, run.Errors));
    }

    [Fact]
    public async Task Run_EmulatorIsNone_IsRefused()
    {
        ProgramRun run = await images.RunAsync("test", "--machine", "nonesuch");

        Assert.Equal((1, "", "rel4: --machine takes qemu or bochs, and not 'nonesuch'.\n"), (run.ExitCode, run.Output, run.Errors));
    }

    /// <remarks>SIGINT is what the terminal sends, SIGKILL what nobody can hear.</remarks>
    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    [InlineData(null)]
    public async Task Run_CommandIsStopped_LeavesNoProcessAndNoFile(PosixSignal? signal)
    {
        var start = new ProcessStartInfo(BuiltImages.Dotnet, [BuiltImages.Command, "metal", "run", "--no-build", "--machine", "bochs", "--root", Endless()]);
        start.Environment["TMPDIR"] = _temporary.FullName;
        using Process process = Process.Start(start)!;
        Assert.True(SpinWait.SpinUntil(() => Running().Count() > 1, Limit)); // the shell and Bochs

        if (signal is null)
            process.Kill();
        else
            await ProgramRun.RunAsync("/bin/sh", ["-c", $"kill -{signal.ToString()![3..]} {process.Id}"], Limit, TestContext.Current.CancellationToken);

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        // Behind a command that was killed, the shell needs a moment.
        Assert.True(SpinWait.SpinUntil(() => !Running().Any() && !Left().Any(), Limit));
    }

    /// <summary>Makes a root task that loops for ever: an ELF64 file of one page that may be read and executed, at 4 MiB, and in it <c>jmp $</c>.</summary>
    private string Endless()
    {
        const ulong Address = 0x40_0000, HeaderSize = 64, SegmentSize = 56, CodeOffset = HeaderSize + SegmentSize, FileSize = CodeOffset + 2;
        string path = Path.Combine(_temporary.FullName, "endless.elf");
        using var writer = new BinaryWriter(File.Create(path));
        foreach (ulong word in (ulong[])
            [
                0x0001_0102_464C_457F, 0, 0x1_003E_0002, Address + CodeOffset, HeaderSize, 0, 0x0038_0040_0000_0000, 1,
                (5UL << 32) | 1, 0, Address, Address, FileSize, FileSize, 4096,
            ])
            writer.Write(word);
        writer.Write((ushort)0xFEEB);
        return path;
    }

    private Task<ProgramRun> RunAsync(string command, params string[] arguments) => images.RunAsync(
        new Dictionary<string, string> { ["TMPDIR"] = _temporary.FullName }, command, ["--machine", "bochs", .. arguments]);

    /// <summary>Finds what machines left; .NET's own runtime leaves something, too, where it is killed.</summary>
    private IEnumerable<DirectoryInfo> Left() => _temporary.EnumerateDirectories("rel4-*");

    /// <summary>Finds the processes that were told of the temporary folder.</summary>
    private IEnumerable<string> Running() => Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(Path.GetFileName(process)[0])).Where(process =>
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(_temporary.FullName, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // it has ended
        }
    });

    private static string Image(string name) => Path.Combine(BuiltImages.Folder, name);
}
