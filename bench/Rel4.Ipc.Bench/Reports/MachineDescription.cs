using System.Globalization;
using System.Runtime.InteropServices;

namespace Rel4.Ipc.Bench;

/// <summary>Says where figures come from.</summary>
/// <param name="Processor">The processor's model.</param>
/// <param name="Processors">How many this process may use.</param>
/// <param name="System">Linux and its version.</param>
/// <param name="Runtime">.NET and its version.</param>
/// <param name="LoadBefore">How many threads wanted to run on average in the minute before.</param>
/// <param name="Time">When the benchmark started.</param>
public sealed record MachineDescription(
    string Processor, int Processors, string System, string Runtime, double LoadBefore, DateTimeOffset Time)
{
    /// <summary>Describes the machine as it is now.</summary>
    public static MachineDescription Read() => new(
        File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture),
        DateTimeOffset.Now);

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Processor}, {Processors} processors; {System}; {Runtime}; load before the start {LoadBefore:0.0}; {Time:yyyy-MM-dd HH:mm zzz}");
}
