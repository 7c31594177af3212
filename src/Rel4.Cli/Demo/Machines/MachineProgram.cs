using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Rel4.Cli.Demo.Machines;

/// <summary>A program that runs on one of the demo's machines.</summary>
internal sealed class MachineProgram : IAsyncDisposable
{
    private const int Terminate = 15;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="machine">Where.</param>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="onLine">Hears each line that it writes, in any thread.</param>
    public MachineProgram(NetworkNamespace machine, string program, IEnumerable<string> arguments, Action<string> onLine)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        _process = machine.Run(() => Process.Start(start)!);
        _process.StandardInput.Close();
        _process.OutputDataReceived += Hear;
        _process.ErrorDataReceived += Hear;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        void Hear(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is { } text)
                onLine(text);
        }
    }

    /// <summary>Gets whether it has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Ends it as a loss of power would.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end, and kills it if it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            if (_process.HasExited)
                return;
            _ = Signal(_process.Id, Terminate);
            try
            {
                await _process.WaitForExitAsync().WaitAsync(s_grace);
            }
            catch (TimeoutException)
            {
                await KillAsync();
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
