using System.Diagnostics;
using System.Globalization;

namespace Rel4.Kernel.Tests;

/// <summary>Can user code break the kernel, whatever it puts into registers and buffers?</summary>
/// <remarks>
/// <c>REL4_SEED</c> runs the episode of that seed first. <c>REL4_SOAK_MINUTES</c> goes on for so long.
/// </remarks>
public sealed class RandomCallTests(ITestOutputHelper output)
{
    private const int Calls = 1_000_000;
    private const int CallsPerEpisode = 5_000;
    private const int CallsPerCheck = 100;

    [Fact]
    public void SystemCalls_Garbage_KeepInvariants()
    {
        ulong seed = Setting<ulong>("REL4_SEED") ?? (ulong)Stopwatch.GetTimestamp();
        double minutes = Setting<double>("REL4_SOAK_MINUTES") ?? 0;
        output.WriteLine($"REL4_SEED={seed}");
        long start = Stopwatch.GetTimestamp();
        for (long done = 0; done < Calls || Stopwatch.GetElapsedTime(start).TotalMinutes < minutes; seed++)
            done += Run(seed);
    }

    private static T? Setting<T>(string name)
        where T : struct, IParsable<T> =>
        T.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out T value) ? value : null;

    private static int Run(ulong seed)
    {
        using var episode = new GarbageEpisode(seed);
        int step = 0;
        try
        {
            while (step < CallsPerEpisode && episode.Step())
            {
                if (++step % CallsPerCheck == 0)
                    Invariants.Check(episode.World.Kernel);
            }

            Invariants.Check(episode.World.Kernel);
        }
        catch (Exception exception)
        {
            int bad = FirstBadStep(seed, step);
            throw new InvalidOperationException($"REL4_SEED={seed} goes wrong at step {bad}, seen at {step}", exception);
        }

        return step;
    }

    /// <summary>Runs an episode again and looks after each step.</summary>
    private static int FirstBadStep(ulong seed, int last)
    {
        using var episode = new GarbageEpisode(seed);
        int step = 0;
        while (step < last && episode.Step() && Invariants.Find(episode.World.Kernel).Count == 0)
            step++;
        return step;
    }
}
