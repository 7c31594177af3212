using Rel4.Hosted.Tests.Async;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds what was measured during an attack.</summary>
/// <param name="Bystanders">How the others fared.</param>
/// <param name="Held">What the victim held before.</param>
/// <param name="Most">The most that it held.</param>
/// <param name="Steps">The steps that the attackers made.</param>
/// <param name="VictimsEnd">How the victim ended, if it has.</param>
/// <param name="Output">What all tasks wrote.</param>
internal sealed record Measured(IReadOnlyList<Fare> Bystanders, ProcessHoldings Held, ProcessHoldings Most, long Steps, string? VictimsEnd, string Output)
{
    /// <summary>Tells which bounds of an attack do not hold.</summary>
    public IEnumerable<string> Broken(PeerAttack attack)
    {
        if (VictimsEnd is not null)
            yield return VictimsEnd;
        foreach (Fare fare in Bystanders)
        {
            if (!(fare.Share >= attack.LeastShare))
                yield return $"{fare.Name} keeps less than {attack.LeastShare} of its calls";
            if (fare.Wait > attack.LongestWait)
                yield return $"{fare.Name} waits longer than {attack.LongestWait.TotalMilliseconds} ms";
            if (fare.Errors != 0)
                yield return $"{fare.Name} is not served";
        }

        if (Most.Memory - Held.Memory > attack.MostMemory)
            yield return $"the victim's memory grows by more than {attack.MostMemory >> 20} MiB";
        if (Most.Descriptors - Held.Descriptors > attack.MostDescriptors)
            yield return $"the victim's descriptors grow by more than {attack.MostDescriptors}";
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Steps} steps; {string.Join("; ", Bystanders)}; victim: memory {Held.Memory >> 20} → {Most.Memory >> 20} MiB, descriptors {Held.Descriptors} → {Most.Descriptors}, slots {Held.Slots} → {Most.Slots}";
}
