using System.Collections.Immutable;

namespace Rel4.Hosted.Sandbox;

/// <summary>
/// Says what a task may reach besides its capabilities. The default is the strictest; every member set widens it, but for
/// <see cref="RequiredLayers"/>.
/// </summary>
public sealed record SandboxPolicy
{
    /// <summary>Gets the policy that allows nothing extra.</summary>
    public static SandboxPolicy Strict { get; } = new();

    /// <summary>Gets the kinds of sockets that the task may make.</summary>
    public SocketAccess Sockets { get; init; }

    /// <summary>Gets files and folders that the task may read, besides .NET, the system's libraries and its own folder.</summary>
    /// <remarks>Its user must be able to read them too.</remarks>
    public ImmutableArray<string> ReadablePaths { get; init; } = [];

    /// <summary>Gets files and folders that the task may read and change, besides its private temporary folder.</summary>
    /// <remarks>Its user must be able to write them too.</remarks>
    public ImmutableArray<string> WritablePaths { get; init; } = [];

    /// <summary>Gets the layers without which the task must not start.</summary>
    /// <value>By default none: what the machine or the user lacks is left out, and said.</value>
    public SandboxLayers RequiredLayers { get; init; }

    /// <summary>Gets how many descriptors the task may have open. Each asynchronous channel takes two.</summary>
    /// <remarks>Where it shares its user with the caller, it gets no more than half of what that may have.</remarks>
    public int OpenDescriptors { get; init; } = 4096;
}
