using System.ComponentModel;
using System.Diagnostics;

namespace Rel4.Cli.Metal;

/// <summary>Runs machines in QEMU.</summary>
internal static class Qemu
{
    private const string Program = "qemu-system-x86_64";
    private const string DefaultModel = "max";

    /// <summary>Boots, and waits until the guest ends the machine.</summary>
    /// <returns>The guest's exit status.</returns>
    /// <exception cref="EmulatorException">There is no QEMU, or the machine ended by itself.</exception>
    /// <remarks>
    /// Unless it is to be the host's, time is the count of instructions (<c>-icount</c>), so every run of the same image is the same, timer interrupts included.
    /// The guest ends QEMU through isa-debug-exit: with status s, QEMU's is 2 s + 1.
    /// </remarks>
    public static async Task<int> RunAsync(MachineDescription machine, Action<string> onLine, CancellationToken cancellationToken)
    {
        var startInfo = new ProcessStartInfo(Program)
        {
            ArgumentList =
            {
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-cpu", machine.Model ?? DefaultModel,
                "-m", $"{machine.MemoryMiB}M", "-smp", $"{machine.Processors}",
                "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                "-kernel", machine.Kernel, "-append", machine.KernelOptions,
                "-initrd", string.Join(',', machine.Modules.Select(module => module.Replace(",", ",,", StringComparison.Ordinal))),
            },
        };
        if (!machine.IsRealTime)
        {
            startInfo.ArgumentList.Add("-icount");
            startInfo.ArgumentList.Add("shift=0,sleep=off");
        }

        string lastError = "";
        try
        {
            int status = await ChildProcess.RunAsync(startInfo, onLine, line => lastError = line, cancellationToken);
            // QEMU ends with 0 after a triple fault and with 1 at an error of its own.
            return (status & 1) != 0 && status > 1
                ? status >> 1
                : throw new EmulatorException($"The machine ended without the guest's doing (QEMU: {status}). {Cause(status, lastError)}");
        }
        catch (Win32Exception)
        {
            throw new EmulatorException($"{Program} is missing: install the Debian package qemu-system-x86.");
        }
    }

    private static string Cause(int status, string lastError) =>
        lastError.Length > 0 ? lastError : status == 0 ? "Most likely it met a triple fault." : "";
}
