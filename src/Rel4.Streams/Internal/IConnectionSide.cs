namespace Rel4.Streams.Internal;

/// <summary>What moves a connection's bytes: of a client or a server. Any thread.</summary>
internal interface IConnectionSide
{
    /// <summary>Gives the connection up.</summary>
    void Abort();

    /// <summary>Takes note that code reads no more, and has written all.</summary>
    void Close();
}
