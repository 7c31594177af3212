using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Rel4.Hosted.Probe;
using Rel4.Hosted.Probe.Isolation;
using Rel4.Hosted.Sandbox;

[assembly: SupportedOSPlatform("linux")]
[assembly: InternalsVisibleTo("Rel4.Hosted.Tests")]

// What to do, and with what. Everything is printed line by line for the test that started this.
return args switch
{
    ["hello"] => Print("hello"),
    ["exit", var code] => int.Parse(code, CultureInfo.InvariantCulture),
    ["crash"] => throw new InvalidOperationException("This is the crash that was asked for."),
    ["idle"] => Idle($"{Environment.ProcessId}"),
    ["idle", "hardened"] => Harden() + Idle($"{Environment.ProcessId}"),
    ["folder"] => Idle(Path.GetTempPath()),
    ["environment"] => Print(Environment.GetEnvironmentVariables().Keys.Cast<string>().Order(StringComparer.Ordinal)
        .Select(name => $"{name}={Environment.GetEnvironmentVariable(name)}")),
    ["status"] => Print(File.ReadLines("/proc/self/status")),
    ["cat", var path] => Print(File.ReadLines(path)),
    ["limits"] => Print(File.ReadLines("/proc/self/limits")),
    ["work"] => Print(Work.Run()),
    ["network"] => Print(Work.RunNetwork()),
    ["sockets"] => Print(Attempts.OnSockets().Select(attempt => attempt.ToString())),
    ["forbidden", var other] => Print(Attempts.OnEverything(Pid(other)).Select(attempt => attempt.ToString())),
    ["processes", var other] => Print(Attempts.OnProcess(Pid(other)).Select(attempt => attempt.ToString())),
    ["write", var path] => Print(Attempts.Open(path, Attempts.WriteOnly | Attempts.Create).ToString()),
    ["read", var path] => Print(Attempts.Open(path, Attempts.ReadOnly).ToString()),
    ["system"] => SystemHost.Run(),
    ["debugged", var sockets] => SystemHost.RunDebugged(Enum.Parse<SocketAccess>(sockets)),
    ["isolation", var intruder] => IsolationSystem.Run(intruder),
    ["trespass", var other] => Print(
        Enum.GetValues<ProcessTrespass>().Select(trespass => $"{trespass}={ProcessTrespasses.Try(trespass, Pid(other))}")),
    ["start", .. var how] => Starts.Run(how),
    ["folders", var place] => Starts.MakeFolders(place),
    ["starts", "without-descriptors"] => Print(Starts.RunOutOfDescriptors()),
    ["oldest-linux", .. var probe] => OldestLinux.Run(probe),
    ["linux"] => Print(OldestLinux.Describe()),
    ["doctor"] => Print(LaunchReport.Inspect().Features.Where(feature => !feature.IsPresent).Select(feature => $"{feature.Name}: {feature.Detail}")),
    ["supervise", .. var task] => Supervisor.Run(task),
    ["supervise-peers"] => Supervisor.RunPeers(),
    ["kernel", "for-others", var tasks] => KernelProcess.RunForOthers(int.Parse(tasks, CultureInfo.InvariantCulture)),
    ["task", var work] => KernelProcess.RunAsTask(work),
    ["kernel", "out-of-descriptors"] => KernelProcess.RunOutOfDescriptors(),
    ["kernel", "out-of-mappings"] => KernelProcess.RunOutOfMappings(),
    ["measure", var count] => Print(Measurement.Run(int.Parse(count, CultureInfo.InvariantCulture))),
    _ => throw new ArgumentException($"No such probe: {string.Join(' ', args)}"),
};

static int Pid(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Print(params IEnumerable<string> lines)
{
    foreach (string line in lines)
        Console.WriteLine(line);
    return 0;
}

static int Harden()
{
    TaskHardening.Apply();
    return 0;
}

static int Idle(string line)
{
    Console.WriteLine(line);
    Thread.Sleep(Timeout.Infinite);
    return 0;
}
