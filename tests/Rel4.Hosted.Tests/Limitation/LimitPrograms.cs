using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Rel4.Hosted.Tests.Limitation;

/// <summary>Holds what tasks do that use more than their limits, each in a process of its own.</summary>
internal static unsafe class LimitPrograms
{
    public const int Step = 4 << 20, MostBytes = 1 << 30, MostThreads = 400;

    /// <summary>Takes memory past .NET's heap, and writes to all of it.</summary>
    public static void TakeMemory()
    {
        Console.WriteLine("takes");
        for (int taken = 0; taken < MostBytes; taken += Step)
            NativeMemory.Fill(NativeMemory.Alloc(Step), Step, 1);
        Console.WriteLine("took all");
    }

    /// <summary>Fills .NET's heap, and tells when that takes no more.</summary>
    public static void FillHeap()
    {
        var kept = new List<byte[]>();
        try
        {
            while (kept.Count < MostBytes / Step)
            {
                kept.Add(new byte[Step]);
                Array.Fill(kept[^1], (byte)1);
            }
        }
        catch (OutOfMemoryException)
        {
            int count = kept.Count;
            kept.Clear();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"refused {count * (Step >> 20)}"));
            return;
        }

        Console.WriteLine("took all");
    }

    /// <summary>Starts threads until Linux refuses one.</summary>
    public static void StartThreads()
    {
        // .NET starts a thread for the console itself.
        Console.WriteLine("starts");
        using var release = new ManualResetEventSlim();
        int started = 0;
        try
        {
            for (; started < MostThreads; started++)
                new Thread(release.Wait, maxStackSize: 64 << 10) { IsBackground = true }.Start();
            Console.WriteLine("started all");
        }
        catch (OutOfMemoryException)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"refused {started}"));
        }

        release.Set();
    }

    /// <summary>Computes for a second, and tells what share of a processor it got, and how many .NET takes there to be.</summary>
    public static void Compute()
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
            Thread.SpinWait(1000);
        double share = (Environment.CpuUsage.TotalTime - before) / Stopwatch.GetElapsedTime(start);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{share:0.00} of {Environment.ProcessorCount}"));
    }

    /// <summary>Names the variable that tells a task where groups are.</summary>
    public const string PlaceVariable = "LIMITS_PLACE";

    /// <summary>Tries what takes a process' limits away, where its user may.</summary>
    public static void LeaveGroup()
    {
        string place = Environment.GetEnvironmentVariable(PlaceVariable)!;
        // It need not see the names to know where it is.
        string own = File.ReadLines("/proc/self/cgroup").First(line => line.StartsWith("0::", StringComparison.Ordinal));
        int start = own.IndexOf("rel4-tasks-", StringComparison.Ordinal);
        string group = start < 0 ? place : Path.Combine(place, own[start..]);
        Try("raise", () => File.WriteAllText(Path.Combine(group, "memory.max"), "max"));
        Try("leave", () => File.WriteAllText(Path.Combine(place, "rel4-host", "cgroup.procs"), "0"));
        Try("divide", () => Directory.CreateDirectory(Path.Combine(group, "inner")));

        static void Try(string what, Action attempt)
        {
            try
            {
                attempt();
                Console.WriteLine($"{what}: done");
            }
            catch (UnauthorizedAccessException)
            {
                Console.WriteLine($"{what}: refused");
            }
            catch (IOException failure)
            {
                Console.WriteLine($"{what}: {failure.Message}");
            }
        }
    }

    public static void Wait()
    {
        Console.WriteLine("waits");
        Thread.Sleep(Timeout.Infinite);
    }
}
