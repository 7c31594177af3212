using System.Globalization;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Tells how a bystander fared.</summary>
/// <param name="Name">The bystander.</param>
/// <param name="Before">Its calls a second before the attack.</param>
/// <param name="During">Its calls a second in the best stretch of the attack, as whatever else runs on the machine only lowers them.</param>
/// <param name="Wait">The longest it waited, or has been waiting.</param>
/// <param name="Errors">The calls that failed.</param>
internal sealed record Fare(string Name, double Before, double During, TimeSpan Wait, long Errors)
{
    /// <summary>Gets what it kept of its calls.</summary>
    public double Share => During / Before;

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Name} {Before:0} → {During:0} calls/s ({Share:0.00}), longest wait {Wait.TotalMilliseconds:0} ms, {Errors} errors");
}
