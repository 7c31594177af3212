using Rel4.Runtime;

namespace Rel4.Hosted.Sandbox;

/// <summary>Reports a task that requires layers of the sandbox which tasks do not get here.</summary>
public sealed class MissingLayersException : Rel4Exception
{
    internal MissingLayersException(string task, IEnumerable<Protection> missing)
        : base(Rel4ErrorCode.Machine, $"{task} requires what its sandbox would lack here: {string.Join(" ", missing.Select(layer => $"{layer.Name}. {layer.Detail}"))}") =>
        Layers = missing.Aggregate(SandboxLayers.None, (all, layer) => all | layer.Layer);

    /// <summary>Gets the layers that are missing.</summary>
    public SandboxLayers Layers { get; }
}
