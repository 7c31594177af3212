namespace Rel4.Hosted.Sandbox;

/// <summary>Describes one layer of the sandbox on this machine.</summary>
/// <param name="Layer">Which it is.</param>
/// <param name="Name">What it is called.</param>
/// <param name="IsActive">Whether tasks get it.</param>
/// <param name="Purpose">What it stops.</param>
/// <param name="Detail">What is there, or what is missing and how to get it.</param>
public sealed record Protection(SandboxLayers Layer, string Name, bool IsActive, string Purpose, string Detail);
