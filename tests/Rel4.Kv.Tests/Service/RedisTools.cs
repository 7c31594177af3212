using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Rel4.Kv.Tests.Service;

/// <summary>Runs <c>redis-cli</c> and <c>redis-benchmark</c>.</summary>
internal static class RedisTools
{
    /// <summary>Runs one against a port.</summary>
    /// <param name="program">Which.</param>
    /// <param name="port">The port.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="arguments">Its further arguments.</param>
    /// <returns>What it wrote.</returns>
    public static async Task<string> RunAsync(string program, int port, string input, params string[] arguments)
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo(program, ["-p", port.ToString(CultureInfo.InvariantCulture), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Start(start);
        using CancellationTokenRegistration kill = cancellation.Register(process.Kill);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        string all = await output + await error;
        await process.WaitForExitAsync(CancellationToken.None);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{all}");
        return all;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            const string Advice = "On Debian: apt-get install redis-tools (./rel4 test does so for root).";
            throw new InvalidOperationException($"{start.FileName} does not start. {Advice}", missing);
        }
    }
}
