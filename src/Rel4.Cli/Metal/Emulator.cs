using System.ComponentModel;
using System.Diagnostics;

namespace Rel4.Cli.Metal;

/// <summary>Boots a kernel in QEMU and relays its serial console.</summary>
internal static class Emulator
{
    private const string Program = "qemu-system-x86_64";

    /// <summary>The guest's exit status that means success, which <see cref="BootAsync"/> counts from.</summary>
    private const int GuestSuccess = 0x10;

    /// <summary>Boots, and waits until the guest ends the machine, or prints what was waited for.</summary>
    /// <param name="machine">What to boot.</param>
    /// <param name="onLine">Called for each line of the serial console.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>The guest's exit status less 16: 0 passed, 1 failed, 2 a panic, 3 a root task that faulted, 4 a debug call. 0 if it printed the text.</returns>
    /// <exception cref="EmulatorException">
    /// There is no QEMU or a file is missing, the guest took too long or never printed the text, or the machine ended by itself.
    /// </exception>
    /// <remarks>
    /// Time is the count of instructions (<c>-icount</c>), so every run of the same image is the same, timer interrupts included.
    /// The guest ends QEMU through isa-debug-exit: with status s, QEMU's is 2 s + 1.
    /// </remarks>
    public static async Task<int> BootAsync(MachineDescription machine, Action<string> onLine, CancellationToken cancellationToken)
    {
        foreach (string file in machine.Modules.Select(module => module.Split(' ')[0]).Prepend(machine.Kernel).Where(file => !File.Exists(file)))
            throw new EmulatorException($"There is no file {file}.");
        var startInfo = new ProcessStartInfo(Program)
        {
            ArgumentList =
            {
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-cpu", "max",
                "-m", $"{machine.MemoryMiB}M", "-smp", $"{machine.Processors}",
                "-icount", "shift=0,sleep=off",
                "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                "-kernel", machine.Kernel, "-append", machine.KernelOptions,
                "-initrd", string.Join(',', machine.Modules.Select(module => module.Replace(",", ",,", StringComparison.Ordinal))),
            },
        };
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(machine.Limit);
        string lastError = "";
        bool printed = false;
        try
        {
            int status = await ChildProcess.RunAsync(startInfo, Read, line => lastError = line, timer.Token);
            if (printed)
                return 0;
            if ((status & 1) == 0 || status >> 1 < GuestSuccess)
                throw new EmulatorException($"The machine ended without the guest's doing (QEMU: {status}). {Cause(status, lastError)}");
            if (machine.Until is not null && status >> 1 == GuestSuccess)
                throw new EmulatorException($"The guest ended without having printed '{machine.Until}'.");
            return (status >> 1) - GuestSuccess;
        }
        catch (OperationCanceledException) when (printed)
        {
            return 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            string missed = machine.Until is null ? "end" : $"print '{machine.Until}'";
            throw new EmulatorException($"The guest did not {missed} within {machine.Limit.TotalSeconds:0} s. Give it longer with --timeout.");
        }
        catch (Win32Exception)
        {
            throw new EmulatorException($"{Program} is missing: install the Debian package qemu-system-x86.");
        }

        void Read(string line)
        {
            onLine(line);
            if (machine.Until is null || !line.Contains(machine.Until, StringComparison.Ordinal))
                return;
            printed = true;
            timer.Cancel();
        }
    }

    private static string Cause(int status, string lastError) =>
        lastError.Length > 0 ? lastError : status == 0 ? "Most likely it met a triple fault." : "";
}
