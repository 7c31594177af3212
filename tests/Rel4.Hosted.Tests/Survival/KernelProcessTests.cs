using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;
using Rel4.Hosted.Probe;
using Rel4.Hosted.Sandbox;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Lets the process that the kernel is in die, or starve.</summary>
[Collection(nameof(OneKernel))]
public sealed class KernelProcessTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_OfTheKernel_TellsTasksWhereverTheyAre()
    {
        string[] work = ["serve", "wait-for-reply", "receive", "call"];
        using var launcher = new TaskLauncher();
        var tasks = new List<TaskProcess>();
        ImmutableDictionary<int, SafeHandle> descriptors = ImmutableDictionary<int, SafeHandle>.Empty;
        try
        {
            foreach (string what in work)
            {
                (int kernelEnd, int taskEnd) = DescriptorSocket.CreatePair();
                using var socket = new SafeFileHandle(taskEnd, ownsHandle: true);
                TaskProcess task = launcher.Start(
                    Probe("task", what) with
                    {
                        Environment = ImmutableDictionary<string, string>.Empty.Add(CurrentTask.SocketVariable, $"{CurrentTask.SocketNumber}"),
                        Descriptors = ImmutableDictionary<int, SafeHandle>.Empty.Add(CurrentTask.SocketNumber, socket),
                    },
                    SandboxPolicy.Strict);
                tasks.Add(task);
                descriptors = descriptors
                    .Add(KernelProcess.FirstDescriptor + descriptors.Count, new SafeFileHandle(kernelEnd, ownsHandle: true))
                    .Add(KernelProcess.FirstDescriptor + descriptors.Count + 1, task.Descriptor);
            }

            using TaskProcess kernel = launcher.Start(Probe("kernel", "for-others", $"{work.Length}") with { Descriptors = descriptors }, SandboxPolicy.Strict);
            foreach (int number in descriptors.Keys.Where(number => (number - KernelProcess.FirstDescriptor) % 2 == 0))
                descriptors[number].Dispose();
            foreach (TaskProcess task in tasks)
                Assert.Equal("ready", await ReadLineAsync(task));

            kernel.Kill();

            // The server does not ask the kernel for anything any more, so it sees nothing.
            foreach (TaskProcess task in tasks.Skip(1))
            {
                Assert.Equal(nameof(KernelEndedException), await ReadLineAsync(task));
                Assert.Equal(0, task.WaitForEnd().ExitCode);
            }
        }
        finally
        {
            tasks.ForEach(task => task.Dispose());
        }
    }

    [Fact]
    public async Task Kill_OfTheKernelThatStartedThem_EndsTheTasks()
    {
        using Process kernel = Start("exec \"$0\" \"$@\"", "out-of-descriptors");
        var tasks = new List<int>();
        while (tasks.Count < 3)
        {
            string line = await kernel.StandardError.ReadLineAsync(Cancellation) ?? throw new EndOfStreamException();
            if (Regex.Match(line, @"runs as process (\d+)") is { Success: true } match)
                tasks.Add(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        }

        kernel.Kill();

        await Eventually.HoldsAsync(() => !tasks.Any(IsAlive), () => "tasks outlive the process that started them");
    }

    [Fact]
    public async Task Map_OnAKernelWithoutDescriptors_IsRefusedWhileOthersGoOn()
    {
        const int Limit = 250, Lives = 2;
        using Process kernel = Start($"ulimit -n {Limit}; exec \"$0\" \"$@\"", "out-of-descriptors");
        Task<string> reports = kernel.StandardError.ReadToEndAsync(Cancellation);
        string[] lines = (await kernel.StandardOutput.ReadToEndAsync(Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int[] shared =
        [
            .. lines.Select(line => Regex.Match(line, @"shared (\d+) then NotEnoughMemory$")).Where(refusal => refusal.Success)
                .Select(refusal => int.Parse(refusal.Groups[1].Value, CultureInfo.InvariantCulture)),
        ];
        Assert.True(
            shared.Length > Lives && lines.Count(line => line.EndsWith("others go on", StringComparison.Ordinal)) == Lives,
            $"{string.Join('\n', lines)}\n{await reports}");

        // An eighth of all is what one may have. The last two are the lives of the one that comes after all others.
        Assert.All(shared, count => Assert.InRange(count, 0, Limit / 8));
        Assert.InRange(shared[..^1].Sum(), Limit / 4, Limit / 2);
        Assert.InRange(Math.Abs(shared[^2] - shared[^1]), 0, 2);
    }

    [Fact]
    public async Task Delete_OfAMappedFrameWhileLinuxHasNoMapping_SucceedsAndDisconnectsItBeforeItsMemoryIsUsed()
    {
        using Process kernel = Start("exec \"$0\" \"$@\"", "out-of-mappings");
        Task<string> reports = kernel.StandardError.ReadToEndAsync(Cancellation);
        string[] lines = (await kernel.StandardOutput.ReadToEndAsync(Cancellation)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await kernel.WaitForExitAsync(Cancellation);

        Assert.True(kernel.ExitCode == 0, await reports);
        Assert.Equal(["disconnected", "fresh"], lines.Distinct().Order(StringComparer.Ordinal));
    }

    private static TaskCommand Probe(params IEnumerable<string> arguments) =>
        TaskCommand.ForAssembly(Path.Combine(AppContext.BaseDirectory, "Rel4.Hosted.Probe.dll"), arguments);

    /// <summary>Starts a kernel through a shell.</summary>
    private static Process Start(string script, string kernel)
    {
        TaskCommand command = Probe("kernel", kernel);
        return Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script, command.Executable, .. command.Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // A process that is killed leaves its diagnostic port behind.
            // What .NET would compile again where nobody asked for it needs mappings at any time.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_TieredCompilation"] = "0" },
        })!;
    }

    /// <summary>Reads a line, byte by byte: nothing of the next one may be lost.</summary>
    private static async Task<string> ReadLineAsync(TaskProcess task)
    {
        var line = new StringBuilder();
        byte[] character = new byte[1];
        while (await task.Output.ReadAsync(character, Cancellation) == 1 && character[0] != '\n')
            line.Append((char)character[0]);
        return line.ToString();
    }

    // A process whose parent does not collect it stays as a zombie; it has ended all the same.
    private static bool IsAlive(int id)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{id}/stat");
            return status[status.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
