using System.Globalization;
using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Does a hostile peer harm anybody but itself?</summary>
/// <remarks>
/// Shares are those of the same run, so what else runs on the machine matters little. <c>REL4_SOAK_MINUTES</c> spreads so much time over the attacks,
/// and as much over combinations, which <c>REL4_SEED</c> chooses.
/// </remarks>
[Collection(nameof(OneKernel))]
public sealed class PeerAttackTests(ITestOutputHelper output)
{
    private const int Together = 3;

    private static readonly TimeSpan s_short = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan s_ofCombination = TimeSpan.FromSeconds(5);

    public static TheoryData<string> Clients => [.. ClientAttacks.All.Select(attack => attack.Name)];

    public static TheoryData<string> Servers => [.. ServerAttacks.All.Select(attack => attack.Name)];

    [Theory]
    [MemberData(nameof(Clients))]
    public Task Client_ThatIsHostile_HarmsNobodyButItself(string attack) =>
        AttackAsync(HostileSystem.StartWithClientsAsync, [ClientAttacks.All.Single(one => one.Name == attack)], DurationOfOne);

    [Theory]
    [MemberData(nameof(Servers))]
    public Task Server_ThatIsHostile_HarmsNobodyButItself(string attack) =>
        AttackAsync(HostileSystem.StartWithServersAsync, [ServerAttacks.All.Single(one => one.Name == attack)], DurationOfOne);

    [Fact]
    public Task Clients_ThatAreHostileTogether_HarmNobodyButThemselves() => AttackTogetherAsync(HostileSystem.StartWithClientsAsync, ClientAttacks.All);

    [Fact]
    public Task Servers_ThatAreHostileTogether_HarmNobodyButThemselves() => AttackTogetherAsync(HostileSystem.StartWithServersAsync, ServerAttacks.All);

    private static TimeSpan DurationOfOne => Soak.Minutes > 0 ? TimeSpan.FromMinutes(Soak.Minutes) / (ClientAttacks.All.Count + ServerAttacks.All.Count) : s_short;

    private async Task AttackTogetherAsync(Func<PeerAttack[], Task<HostileSystem>> start, IReadOnlyList<PeerAttack> attacks)
    {
        var random = new Random(Soak.Seed(output));
        int combinations = Math.Max(1, (int)(Soak.Minutes * TimeSpan.FromMinutes(1) / s_ofCombination));
        for (int i = 0; i < combinations; i++)
            await AttackAsync(start, random.GetItems([.. attacks], Together), Soak.Minutes > 0 ? s_ofCombination : s_short);
    }

    private async Task AttackAsync(Func<PeerAttack[], Task<HostileSystem>> start, PeerAttack[] attacks, TimeSpan duration)
    {
        // Together they may take together what each may take.
        PeerAttack attack = attacks.Length == 1 ? attacks[0] : new(
            string.Join(" + ", attacks.AsEnumerable()), string.Join(" ", attacks.Select(one => one.Tries)), "", "", attacks[0].Program)
        {
            Steps = attacks.Sum(one => one.Steps),
            LeastShare = attacks.Min(one => one.LeastShare) / attacks.Length,
            LongestWait = attacks.Max(one => one.LongestWait) * attacks.Length,
            MostMemory = attacks.Sum(one => one.MostMemory),
            MostDescriptors = attacks.Sum(one => one.MostDescriptors),
        };
        await using HostileSystem system = await start(attacks);
        Measured measured = await system.AttackAsync(duration, attack);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{attack.Name}: {measured}"));
        string[] broken = [.. measured.Broken(attack)];
        Assert.True(
            broken.Length == 0, $"{attack.Name}: {string.Join(", ", broken)}.\nTries: {attack.Tries}\nMay get: {attack.MayGet}\nMeasured: {measured}\n{measured.Output}");
        await system.AssertRecoversAsync(measured);
    }
}
