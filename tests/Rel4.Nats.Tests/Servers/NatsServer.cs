using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Nats.Tests;

/// <summary>Is a real server, in a folder of its own, for as long as a test.</summary>
internal sealed class NatsServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rel4-nats-").FullName;
    private readonly string _more, _place;
    private Process? _process;

    /// <summary>Makes one; it does not run.</summary>
    /// <param name="more">Further lines of its configuration.</param>
    /// <param name="place">What clients call the machine, and how they connect.</param>
    /// <param name="port">Its port; null for one that nobody has.</param>
    public NatsServer(string more = "", string place = "nats://127.0.0.1", int? port = null)
    {
        _more = more;
        _place = place;
        Port = port ?? FreePort();
    }

    /// <summary>Gets whether it has JetStream, which keeps messages in its folder.</summary>
    public bool HasJetStream { get; init; }

    /// <summary>Gets its port.</summary>
    public int Port { get; }

    /// <summary>Gets its address.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"{_place}:{Port}");

    private string Configuration => Path.Combine(_folder, "nats.conf");

    private string JetStream => HasJetStream ? $"jetstream {{ store_dir: \"{_folder}\" }}" : "";

    private string Log => Path.Combine(_folder, "nats.log");

    /// <summary>Says who may do what, and starts it, or has it read that anew.</summary>
    /// <param name="users">What <see cref="NatsServerUsers"/> has written.</param>
    public async Task RunAsync(string users)
    {
        await File.WriteAllTextAsync(Configuration, string.Create(CultureInfo.InvariantCulture, $"host: 127.0.0.1\nport: {Port}\nlog_file: \"{Log}\"\nping_interval: 3\nping_max: 2\n{JetStream}\n{_more}\n{users}"));
        if (_process is { HasExited: false } running)
        {
            int before = Count("Reloaded");
            Signal(running.Id, "HUP");
            await Eventually.HoldsAsync(() => Count("Reloaded") > before, () => LogText);
            return;
        }

        await StartAsync();
    }

    /// <summary>Starts it, again.</summary>
    public async Task StartAsync()
    {
        int before = Count("Server is ready");
        _process = Process.Start(new ProcessStartInfo("nats-server", ["-c", Configuration]) { RedirectStandardError = true })!;
        await Eventually.HoldsAsync(() => Count("Server is ready") > before, () => LogText);
    }

    /// <summary>Kills it.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>Has it stand still, as behind a cable that was pulled, and go on.</summary>
    public void Hold(bool isHeld) => Signal(_process!.Id, isHeld ? "STOP" : "CONT");

    public void Dispose()
    {
        if (_process is { HasExited: false })
            Kill();
        _process?.Dispose();
        if (Environment.GetEnvironmentVariable("NATS_LOG") is { } copy)
            File.AppendAllText(copy, LogText);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Finds a port that nobody has.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Signals a process.</summary>
    public static void Signal(int process, string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public string LogText => File.Exists(Log) ? File.ReadAllText(Log) : "";

    private int Count(string text) => LogText.Split(text).Length - 1;
}
