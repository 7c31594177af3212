using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Rel4.Runtime.Tests;

/// <summary>Is a wake-up ever lost between an executor that goes to sleep and those that bring it work?</summary>
/// <remarks><c>REL4_SEED</c> chooses the delays. <c>REL4_SOAK_MINUTES</c> goes on for so long.</remarks>
public sealed class ParkingSoakTests(ITestOutputHelper output)
{
    private const int Posts = 3_000;

    [Fact]
    public void Park_DelaysAtEveryPoint_LosesNoWakeUp()
    {
        int seed = Seeds.FromEnvironment(output);
        double minutes = double.TryParse(Environment.GetEnvironmentVariable("REL4_SOAK_MINUTES"), out double soak) ? soak : 0;
        long start = Stopwatch.GetTimestamp();
        do
        {
            using var parking = new DelayingParking(seed, planted: PlantedBug.None);
            Soak(parking, seed, posters: 1, Posts);
            Soak(parking, seed, posters: 3, Posts);
            output.WriteLine($"seed {seed++}: {parking.SleepCount} sleeps, {parking.LostWakeUps} wake-ups lost");
            Assert.Equal(0, parking.LostWakeUps);
            Assert.True(parking.SleepCount > 0);
        }
        while (Stopwatch.GetElapsedTime(start).TotalMinutes < minutes);
    }

    /// <summary>A soak that finds nothing counts only if it finds a bug that is there.</summary>
    [Theory]
    [InlineData((int)PlantedBug.ForgetsWakeBeforeSleep)]
    [InlineData((int)PlantedBug.ShowsParkedTooLate)]
    public void Park_PlantedBug_IsFound(int planted)
    {
        int seed = Seeds.FromEnvironment(output);
        using var parking = new DelayingParking(seed, (PlantedBug)planted);
        Soak(parking, seed, posters: 1, Posts / 20);
        output.WriteLine($"{parking.LostWakeUps} wake-ups lost");
        Assert.True(parking.LostWakeUps > 0);
    }

    private static void Soak(DelayingParking parking, int seed, int posters, int posts)
    {
        using var executor = new Executor(new ExecutorOptions { Parking = parking });
        using var stop = new CancellationTokenSource();
        parking.HasWork = () => !InjectedOf(executor).IsEmpty;
        int outstanding = 0, arrived = 0;
        Thread[] threads = [.. Enumerable.Range(0, posters).Select(number => new Thread(() => PostAll(number)))];
        foreach (Thread poster in threads)
            poster.Start();
        executor.Run(stop.Token);
        foreach (Thread poster in threads)
            poster.Join();
        Assert.Equal(posters * posts, arrived);
        Assert.Equal(0, outstanding);

        void PostAll(int number)
        {
            var random = new Random(seed + 1_000 * number);
            for (int i = 0; i < posts; i++)
            {
                // Each waits for its own answer: without it, the next post would wake an executor that missed this one.
                using var answered = new ManualResetEventSlim();
                Interlocked.Increment(ref outstanding);
                executor.Post(_ =>
                {
                    Interlocked.Decrement(ref outstanding);
                    if (++arrived == posters * posts)
                        stop.Cancel();
                    answered.Set();
                });
                answered.Wait();
                Thread.SpinWait(random.Next(200));
            }
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_injected")]
    private static extern ref ConcurrentQueue<Injection> InjectedOf(Executor executor);
}
