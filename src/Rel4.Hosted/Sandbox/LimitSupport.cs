namespace Rel4.Hosted.Sandbox;

/// <summary>Tells how tasks are held to one limit here.</summary>
/// <param name="Resource">What is bounded.</param>
/// <param name="Enforcement">How well.</param>
/// <param name="Means">By what.</param>
/// <param name="Fix">How to get more; null if there is nothing to get.</param>
public sealed record LimitSupport(LimitedResource Resource, LimitEnforcement Enforcement, string Means, string? Fix);
