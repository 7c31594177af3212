namespace Rel4.Cli.Metal;

/// <summary>Boots a kernel in an emulator and relays its serial console.</summary>
internal static class Emulator
{
    /// <summary>The guest's exit status that means success, which <see cref="BootAsync"/> counts from.</summary>
    private const int GuestSuccess = 0x10;

    /// <summary>Boots, and waits until the guest ends the machine, or prints what was waited for.</summary>
    /// <param name="machine">What to boot.</param>
    /// <param name="onLine">Called for each line of the serial console.</param>
    /// <param name="onNotice">Called for what the user should know of what takes long.</param>
    /// <param name="cancellationToken">Ends the machine.</param>
    /// <returns>The guest's exit status less 16: 0 passed, 1 failed, 2 a panic, 3 a root task that faulted, 4 a debug call. 0 if it printed the text.</returns>
    /// <exception cref="EmulatorException">
    /// There is no such emulator or a file is missing, the guest took too long or never printed the text, or the machine ended by itself.
    /// </exception>
    public static async Task<int> BootAsync(MachineDescription machine, Action<string> onLine, Action<string> onNotice, CancellationToken cancellationToken)
    {
        foreach (string file in machine.Modules.Select(MachineDescription.FileOf).Prepend(machine.Kernel).Where(file => !File.Exists(file)))
            throw new EmulatorException($"There is no file {file}.");
        // Before the time starts that the guest may take.
        BochsProgram? bochs = machine.Kind == MachineKind.Bochs ? await BochsProgram.FindAsync(onNotice, cancellationToken) : null;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timer.CancelAfter(machine.Limit);
        bool printed = false;
        try
        {
            int status = bochs is null ? await Qemu.RunAsync(machine, Read, timer.Token) : await Bochs.RunAsync(bochs, machine, Read, timer.Token);
            if (printed)
                return 0;
            if (status < GuestSuccess)
                throw new EmulatorException($"The guest ended the machine with {status}, which means nothing.");
            if (machine.Until is not null && status == GuestSuccess)
                throw new EmulatorException($"The guest ended without having printed '{machine.Until}'.");
            return status - GuestSuccess;
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

        void Read(string line)
        {
            onLine(line);
            if (machine.Until is null || !line.Contains(machine.Until, StringComparison.Ordinal))
                return;
            printed = true;
            timer.Cancel();
        }
    }
}
