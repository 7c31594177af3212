using System.ComponentModel;
using System.Diagnostics;

namespace Rel4.Cli.Metal;

/// <summary>Boots a kernel in QEMU and relays its serial console.</summary>
internal static class Emulator
{
    private const string Program = "qemu-system-x86_64";

    /// <summary>The guest's exit status that means success, which <see cref="BootAsync"/> counts from.</summary>
    private const int GuestSuccess = 0x10;

    /// <summary>Boots, and waits until the guest ends the machine.</summary>
    /// <param name="kernel">The kernel's file.</param>
    /// <param name="modules">What the boot loader hands over, the root task first: files, each with words that the guest reads.</param>
    /// <param name="onLine">Called for each line of the serial console.</param>
    /// <param name="limit">How long the guest may take.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>The guest's exit status less 16: 0 passed, 1 failed, 2 a panic, 3 a root task that faulted.</returns>
    /// <exception cref="EmulatorException">There is no QEMU or a file is missing, the guest took too long, or the machine ended by itself.</exception>
    /// <remarks>
    /// Time is the count of instructions (<c>-icount</c>), so every run of the same image is the same, timer interrupts included.
    /// The guest ends QEMU through isa-debug-exit: with status s, QEMU's is 2 s + 1.
    /// </remarks>
    public static async Task<int> BootAsync(
        string kernel, IEnumerable<string> modules, Action<string> onLine, TimeSpan limit, CancellationToken cancellationToken)
    {
        string[] files = [.. modules];
        foreach (string file in files.Select(module => module.Split(' ')[0]).Prepend(kernel).Where(file => !File.Exists(file)))
            throw new EmulatorException($"There is no file {file}.");
        var startInfo = new ProcessStartInfo(Program)
        {
            ArgumentList =
            {
                "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-cpu", "max", "-m", "64",
                "-icount", "shift=0,sleep=off",
                "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                "-kernel", kernel,
                "-initrd", string.Join(',', files.Select(module => module.Replace(",", ",,", StringComparison.Ordinal))),
            },
        };
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(limit);
        string lastError = "";
        try
        {
            int status = await ChildProcess.RunAsync(startInfo, onLine, line => lastError = line, timer.Token);
            if ((status & 1) == 0 || status >> 1 < GuestSuccess)
                throw new EmulatorException($"The machine ended without the guest's doing (QEMU: {status}). {Cause(status, lastError)}");
            return (status >> 1) - GuestSuccess;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EmulatorException($"The guest did not end within {limit.TotalSeconds:0} s. Give it longer with --timeout.");
        }
        catch (Win32Exception)
        {
            throw new EmulatorException($"{Program} is missing: install the Debian package qemu-system-x86.");
        }
    }

    private static string Cause(int status, string lastError) =>
        lastError.Length > 0 ? lastError : status == 0 ? "Most likely it met a triple fault." : "";
}
