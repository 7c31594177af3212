using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Supervision;
using Rel4.Hosted.Tests.Survival;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Host;

/// <summary>Is anything left of tasks that were added, called, restarted and removed, again and again?</summary>
/// <remarks><c>REL4_SOAK_ROUNDS</c> says how many rounds; the figures before and after are printed.</remarks>
[Collection(nameof(OneKernel))]
public sealed class ComeAndGoTests(ITestOutputHelper output)
{
    private const CapRights Client = CapRights.Write | CapRights.Grant, Server = CapRights.Read | CapRights.Grant;

    /// <summary>What of the heap may stay for each round: an entry of the garbage collector's, of a table that has grown. A leaked object with what it refers to is more.</summary>
    private const int BytesPerRound = 64;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task Rounds_OfAProgramThatEndsAtOnce_LeaveNothing() => RunAsync(warmUp: 20, rounds: 30, async (system, _) =>
    {
        EndpointDefinition calls = new("calls");
        NotificationDefinition news = new("news");
        RunningTask task = await system.AddTaskAsync(
            "short",
            "/bin/true",
            task => task.Owns(calls).Owns(news).Grant("calls", calls, Client).GrantHost("requests", calls, Server).GrantHost("news", news, CapRights.Write, badge: 1),
            Cancelled);
        await task.RestartAsync(hurry: Cancelled);
        await system.RemoveTaskAsync("short", hurry: Cancelled);
    });

    [Fact]
    public Task Rounds_OfGrantsToTheHostThatAreUsedAndRevoked_LeaveNothing() => RunAsync(warmUp: 5, rounds: 100, UseAGrantAsync, spare: 32);

    [Fact]
    public Task Rounds_OfAServiceThatTheHostCallsAndRestarts_LeaveNothing() => RunAsync(warmUp: 2, rounds: 5, async (system, _) =>
    {
        EndpointDefinition calls = new("calls");
        RunningTask task = await system.AddTaskAsync(
            "service", HostPrograms.Serve, task => task.Owns(calls).Grant("requests", calls, Server).GrantHost("service", calls, Client), Cancelled);
        for (int life = 0; life < 2; life++)
        {
            if (life > 0)
                await task.RestartAsync(hurry: Cancelled);
            using IpcResponse answer = await system.Host.Endpoint("service").CallAsync(1, new byte[100], s_limit, Cancelled);
        }

        await system.RemoveTaskAsync("service", hurry: Cancelled);
    }, spare: 8);

    /// <summary>Opens a channel to the resident service through a capability of its own, which is taken away then.</summary>
    private static async Task UseAGrantAsync(RunningSystem system, ObjectDefinition calls)
    {
        await system.Host.GrantAsync("once", calls, Client, badge: 5, Cancelled);
        using (IpcResponse answer = await system.Host.Endpoint("once").CallAsync(1, new byte[100], s_limit, Cancelled))
            Assert.Equal(100, answer.Payload.Length);
        await system.Host.RevokeAsync("once");
    }

    /// <param name="warmUp">How many rounds come before the first look.</param>
    /// <param name="rounds">How many come after it.</param>
    /// <param name="round">A round.</param>
    /// <param name="spare">
    /// How many objects the host's runtime may have made meanwhile, for as many channels and openings as there were at once: where they are opened faster than the ones before are closed, these
    /// are some more. They are kept and used again, so they don't grow with the rounds.
    /// </param>
    private async Task RunAsync(int warmUp, int rounds, Func<RunningSystem, ObjectDefinition, Task> round, int spare = 0)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("REL4_SOAK_ROUNDS"), CultureInfo.InvariantCulture, out int wanted))
            rounds = wanted;
        var builder = new SystemBuilder();
        EndpointDefinition resident = builder.AddEndpoint("resident");
        builder.AddTask("resident", HostPrograms.Serve).Grant("requests", resident, Server);
        await using RunningSystem system = await builder.StartAsync(
            new SupervisionOptions { Output = new Silent(), GracePeriod = TimeSpan.Zero, IsObservable = false }, Cancelled);
        // Each bit of the host's doorbells has capabilities from its first use on, and channels use them in turn.
        for (int i = 0; i < Doorbells.Count; i++)
            await UseAGrantAsync(system, resident);
        for (int i = 0; i < warmUp; i++)
            await round(system, resident);

        Figures before = await MeasureAsync(system);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
            await round(system, resident);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        // Descriptors that finalizers and threads close come a moment later.
        Figures after = await MeasureAsync(system);
        for (int i = 0; i < 50 && !before.Covers(after, rounds, spare); i++)
        {
            await Task.Delay(100, Cancelled);
            after = await MeasureAsync(system);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rounds} rounds in {took.TotalSeconds:0.0} s"));
        output.WriteLine($"before {before}");
        output.WriteLine($"after  {after}");
        Assert.True(before.Covers(after, rounds, spare), $"{before} became {after} in {rounds} rounds");
    }

    private static Task<Figures> MeasureAsync(RunningSystem system) => Task.Run(() =>
    {
        // Twice, as finalizers let go of others.
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var footprint = Footprint.Measure(system.Kernel);
        using var process = Process.GetCurrentProcess();
        return new Figures(footprint, RootState.Of(system), process.Threads.Count, GC.GetTotalMemory(forceFullCollection: true), process.WorkingSet64 >> 20);
    });

    /// <summary>What the process has at one moment. The working set is for people: .NET keeps what it had once.</summary>
    private sealed record Figures(Footprint Kernel, RootState Root, int Threads, long HeapBytes, long WorkingSetMib)
    {
        // The thread pool has its own ways, so a few threads more are no leak, nor the descriptors of .NET's own.
        private const int SpareThreads = 8, SpareDescriptors = 8;

        private const long SpareBytes = 512 << 10;

        /// <summary>Tells whether what is held later leaked nothing.</summary>
        /// <param name="later">What is held later.</param>
        /// <param name="rounds">After how many rounds.</param>
        /// <param name="spare">How many objects of the runtime's own may have been made meanwhile: each is a capability, memory of a block and the frame in it at most, and may be mapped.</param>
        public bool Covers(Figures later, int rounds, int spare) =>
            later.Kernel.Descriptors <= Kernel.Descriptors + SpareDescriptors + spare
            && later.Kernel.Mappings - Kernel.Mappings <= spare
            && later.Kernel.Capabilities - Kernel.Capabilities <= spare
            && later.Kernel.UsedMemory <= Kernel.UsedMemory + ((ulong)spare << (Limits.LargePageBits + 1))
            && later.Root.UsedSlots - Root.UsedSlots <= spare
            && later.Root.UsedMemory == Root.UsedMemory
            && later.Threads <= Threads + SpareThreads
            && later.HeapBytes <= HeapBytes + SpareBytes + ((long)rounds * BytesPerRound);
    }

    private sealed class Silent : IOutputSink
    {
        public void Write(OutputLine line)
        {
        }
    }
}
