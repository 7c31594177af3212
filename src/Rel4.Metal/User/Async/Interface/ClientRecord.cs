namespace Rel4.Runtime;

/// <summary>What a server knows of a client: one badge of the endpoint.</summary>
internal sealed class ClientRecord(ulong badge, long memory, ClientRecord? next)
{
    /// <summary>Gets the badge.</summary>
    public ulong Badge => badge;

    /// <summary>Gets what it may have lying in memory here, by all its channels.</summary>
    public PeerShare Share { get; } = new(memory);

    /// <summary>Gets the next.</summary>
    public ClientRecord? Next => next;

    /// <summary>Gets or sets how many channels it has.</summary>
    public int Open { get; set; }

    /// <summary>Gets or sets how many it has had.</summary>
    public int Openings { get; set; }
}
