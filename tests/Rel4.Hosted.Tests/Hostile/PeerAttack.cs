namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Declares an attack of one task on another that it talks with.</summary>
/// <param name="Name">The attack.</param>
/// <param name="Tries">What the attacker does.</param>
/// <param name="MayGet">What it may get by that, at its own cost.</param>
/// <param name="Layer">What stops it from getting more.</param>
/// <param name="Program">What the attacker's process runs.</param>
internal sealed record PeerAttack(string Name, string Tries, string MayGet, string Layer, Action Program)
{
    /// <summary>Gets how many steps of the attack are made before anything is measured.</summary>
    public long Steps { get; init; } = 1;

    /// <summary>Gets the least share of its calls that each bystander keeps. An idle machine leaves it about ten times as much.</summary>
    public double LeastShare { get; init; } = 0.05;

    /// <summary>Gets the longest that a bystander waits for one call.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets the most memory that the victim needs more, in bytes: three times what it grants a peer.</summary>
    public long MostMemory { get; init; } = 192L << 20;

    /// <summary>Gets the most descriptors that the victim needs more.</summary>
    public long MostDescriptors { get; init; } = 200;

    /// <summary>Writes the attack as a row of the table in <c>docs/security.md</c>.</summary>
    /// <param name="attacker">Who attacks.</param>
    public string ToRow(string attacker) => $"| {attacker} | {Tries} | {MayGet} | {Layer} | `{Name}` |";

    /// <inheritdoc/>
    public override string ToString() => Name;
}
