using System.Diagnostics;
using System.Globalization;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Survival;

/// <summary>Kills tasks at named points, at random, under load, and looks at what that does to everybody else.</summary>
/// <remarks>
/// <c>REL4_SEED</c> makes the same choices again; what else happens at the same time is Linux's choice. <c>REL4_SOAK_MINUTES</c> goes on for so
/// long.
/// </remarks>
[Collection(nameof(OneKernel))]
public sealed class KillTests(ITestOutputHelper output)
{
    private static readonly TimeSpan ShortRun = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Kill_AtEveryPointAtRandom_LeavesTheKernelSoundAndTheOthersServed()
    {
        int seed = Setting("REL4_SEED") is { } given ? (int)given : Environment.TickCount;
        TimeSpan length = Setting("REL4_SOAK_MINUTES") is { } minutes ? TimeSpan.FromMinutes(minutes) : ShortRun;
        output.WriteLine($"REL4_SEED={seed}");
        await using SurvivalSystem system = await SurvivalSystem.StartAsync(TestContext.Current.CancellationToken);
        var run = new Run(system, new Random(seed));
        await run.SettleAsync();
        Footprint before = Footprint.Measure(system.Kernel);

        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < length)
            await run.KillNextAsync();
        await run.SettleAsync();

        await Eventually.HoldsAsync(
            () => before.Covers(Footprint.Measure(system.Kernel)), () => $"before: {before}; after: {Footprint.Measure(system.Kernel)}");
        Assert.True(!system.Complaints.Any(), system.Output);
        output.WriteLine(run.Summary);
    }

    private static double? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>Is a run of one seed.</summary>
    private sealed class Run(SurvivalSystem system, Random random)
    {
        private readonly KillPoint[] _orders = [.. Enumerable.Repeat(KillPoint.AtStart, Board.Victims)];
        private readonly int[] _kills = new int[Enum.GetValues<KillPoint>().Length];

        public string Summary =>
            $"{_kills.Sum()} kills: {string.Join(", ", Enum.GetValues<KillPoint>().Select(point => $"{_kills[(int)point]} {point}"))}; "
            + $"{system.Steady} calls of others";

        /// <summary>Kills one victim where it is to be killed, and checks what must hold then.</summary>
        public Task KillNextAsync()
        {
            int victim = random.Next(Board.Victims);
            var next = (KillPoint)random.Next(_kills.Length);
            return KillAsync(victim, next, TimeSpan.FromMilliseconds(50 * Math.Pow(random.NextDouble(), 3)));
        }

        /// <summary>Brings all victims to the same point, so that what they hold can be compared.</summary>
        public async Task SettleAsync()
        {
            for (int victim = 0; victim < Board.Victims; victim++)
                await KillAsync(victim, KillPoint.InWait, TimeSpan.Zero);
            for (int victim = 0; victim < Board.Victims; victim++)
                await ReachAsync(victim, KillPoint.InWait);
        }

        private async Task KillAsync(int victim, KillPoint next, TimeSpan delay)
        {
            KillPoint point = _orders[victim];
            string what = $"{system.Victim(victim).Name} {point}, then {next}";
            await ReachAsync(victim, point);
            await Task.Delay(delay, TestContext.Current.CancellationToken);
            if (point == KillPoint.Stopped)
                await StopAsync(victim);
            ulong steady = system.Steady;
            ulong abandoned = system.Abandoned(victim);
            int lives = system.Victim(victim).Restarts;
            await Eventually.HoldsAsync(() => system.TryKill(victim, point, next), () => Describe($"{what}: can't be killed"));
            _orders[victim] = next;
            _kills[(int)point]++;

            Check(what);
            await Eventually.HoldsAsync(() => system.Victim(victim).Restarts > lives, () => Describe($"{what}: does not start again"));
            Check(what);
            if (point == KillPoint.OwingReply)
                await Eventually.HoldsAsync(() => system.Abandoned(victim) > abandoned, () => Describe($"{what}: its caller is not told"));
            await Eventually.HoldsAsync(() => system.Steady > steady, () => Describe($"{what}: the steady pair stands still"));
        }

        private async Task StopAsync(int victim)
        {
            ulong steady = system.Steady;
            system.Stop(victim);
            await Eventually.HoldsAsync(
                () => system.Steady > steady + 100, () => Describe($"the steady pair stands still while {system.Victim(victim).Name} is stopped"));
        }

        private Task ReachAsync(int victim, KillPoint point) => Eventually.HoldsAsync(
            () => system.Victim(victim).State == TaskState.Running && system.IsAt(victim, point),
            () => Describe($"{system.Victim(victim).Name} does not come to {point}"));

        private void Check(string what)
        {
            IReadOnlyList<string> violations = HostedInvariants.Find(system.Kernel);
            if (system.Casualties.Any())
                Assert.Fail(Describe($"{what}: {string.Join(", ", system.Casualties)} ended as well"));
            if (violations.Count != 0)
                Assert.Fail(Describe($"{what}:\n{string.Join('\n', violations)}"));
        }

        private string Describe(string what)
        {
            const int Tail = 2000;
            string written = system.Output;
            return $"{what}\nafter {Summary}; the end of what tasks wrote:\n{written[^Math.Min(Tail, written.Length)..]}";
        }
    }
}
