namespace Rel4.Hosted.Composition;

/// <summary>Describes a kernel object that tasks share. It lives as long as the system: tasks that hold it come and go.</summary>
/// <param name="Name">Names it within the system.</param>
public abstract record ObjectDefinition(string Name)
{
    /// <summary>Gets what kind of object it is, for messages.</summary>
    internal abstract string Kind { get; }
}

/// <summary>Describes an endpoint: where tasks meet to exchange messages.</summary>
/// <param name="Name">Names it within the system.</param>
public sealed record EndpointDefinition(string Name) : ObjectDefinition(Name)
{
    internal override string Kind => "endpoint";
}

/// <summary>Describes a notification: a word of bits that tasks set and wait for.</summary>
/// <param name="Name">Names it within the system.</param>
public sealed record NotificationDefinition(string Name) : ObjectDefinition(Name)
{
    internal override string Kind => "notification";
}

/// <summary>Describes a frame: memory that tasks can map.</summary>
/// <param name="Name">Names it within the system.</param>
/// <param name="Size">Its size.</param>
/// <remarks>
/// Once a task has mapped a frame for reading only, nobody can map it for writing any more. So a writer must map it before its readers do,
/// and a writer that is restarted after that can't map it again: give such a task memory of its own and let it send a frame made of that.
/// </remarks>
public sealed record FrameDefinition(string Name, FrameSize Size) : ObjectDefinition(Name)
{
    internal override string Kind => "frame";
}
