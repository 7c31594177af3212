using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Rel4.Cli.Metal;

/// <summary>Runs machines in Bochs.</summary>
internal static partial class Bochs
{
    private const string DefaultModel = "sapphire_rapids";

    // Emulated instructions a second: the time-stamp counter ticks once for each, and all other time follows it. Fewer are less to wait for when the guest waits.
    private const int InstructionsPerSecond = 50_000_000;

    // Several processors take turns from one branch to the next, each some six instructions long, and their mean is the time that passes. One that stands still counts as this many:
    // so a tick is about an instruction of each.
    private const int InstructionsOfTurn = 6;

    // Of Bochs' log: what led to its giving up, and what it says of that, before it lists all registers.
    private const string Panic = ">>PANIC<<";
    private const int LinesBefore = 30, KeptLines = 40;

    // After the third exception in one another's handling, the processor stands still, and Bochs goes on.
    private const string TripleFault = "exception with no resolution";

    /// <summary>Runs Bochs so that it and the folder are gone as soon as this process is, however that ends: its end closes the input.</summary>
    /// <remarks>The serial console is what is written to the standard output, by Bochs alone; the terminal that Bochs draws goes nowhere. Bochs ignores SIGTERM.</remarks>
    private const string Keeper = """
        folder=$1
        shift
        trap '' INT TERM HUP
        "$@" 3>&1 >/dev/null </dev/null &
        exec >/dev/null 2>&1
        read -r _
        kill -9 $!
        wait
        command -p rm -rf -- "$folder"
        """;

    /// <summary>Boots, and waits until the guest ends the machine.</summary>
    /// <returns>The guest's exit status.</returns>
    /// <exception cref="EmulatorException">The machine ended by itself.</exception>
    /// <remarks>
    /// The guest writes its status to the port that ends QEMU. Here nothing lies at that port, so Bochs logs it; what the guest does then, does not matter.
    /// Its own exit status says nothing.
    /// </remarks>
    public static async Task<int> RunAsync(BochsProgram program, MachineDescription machine, Action<string> onLine, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("rel4-metal-").FullName;
        var ended = new TaskCompletionSource<int?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var log = new Queue<string>();
        bool panicked = false;
        string disk = Path.Combine(folder, "disk"), settings = Path.Combine(folder, "bochsrc");
        Process process;
        try
        {
            BootDisk.Write(disk, machine);
            await File.WriteAllTextAsync(settings, Settings(disk, machine), cancellationToken);
            process = Process.Start(Start(program, folder, settings)) ?? throw new InvalidOperationException("The shell did not start.");
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }

        using (process)
        {
            Task serial = PumpAsync(process.StandardOutput, onLine), errors = PumpAsync(process.StandardError, Read);
            try
            {
                await Task.WhenAny(serial, ended.Task).WaitAsync(cancellationToken);
            }
            finally
            {
                process.StandardInput.Close();
                await process.WaitForExitAsync(CancellationToken.None);
                await Task.WhenAll(serial, errors);
            }
        }

        ended.TrySetResult(null);
        return await ended.Task ?? throw new EmulatorException($"The machine ended without the guest's doing. Bochs says:\n{string.Join('\n', log)}");

        void Read(string line)
        {
            if (Status().Match(line) is { Success: true } match)
                ended.TrySetResult((int)uint.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            else if (line.Contains(TripleFault, StringComparison.Ordinal))
                ended.TrySetResult(null);
            if ((panicked && log.Count == KeptLines) || line.Contains("[PLUGIN]", StringComparison.Ordinal) || line.Contains("lt_dlhandle", StringComparison.Ordinal))
                return;
            log.Enqueue(line);
            panicked |= line.Contains(Panic, StringComparison.Ordinal);
            if (log.Count > (panicked ? KeptLines : LinesBefore))
                log.Dequeue();
        }
    }

    private static ProcessStartInfo Start(BochsProgram program, string folder, string settings)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Keeper, "sh", folder, .. program.Command, "-q", "-unlock", "-f", settings])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in program.Environment)
            start.Environment[name] = value;
        // What it would draw, nobody sees.
        start.Environment["TERM"] = "vt100";
        return start;
    }

    private static string Settings(string disk, MachineDescription machine) => $"""
        config_interface: textconfig
        display_library: term
        plugin_ctrl: speaker=0, gameport=0, parallel=0
        cpu: model={machine.Model ?? DefaultModel}, count={machine.Processors}, quantum={InstructionsOfTurn}, ips={InstructionsPerSecond}, reset_on_triple_fault=0
        memory: guest={machine.MemoryMiB}, host={machine.MemoryMiB}
        romimage: file=$BXSHARE/BIOS-bochs-latest, options=fastboot
        vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest
        ata0-master: type=disk, path={disk}, mode=flat
        boot: disk
        com1: enabled=1, mode=file, dev=/dev/fd/3
        panic: action=fatal
        debug: action=ignore, unmapped=report

        """;

    private static async Task PumpAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
            onLine(line);
    }

    [GeneratedRegex("-bit write to 00f4 = ([0-9a-f]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Status();
}
