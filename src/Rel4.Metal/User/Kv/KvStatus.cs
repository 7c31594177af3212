namespace Rel4.Metal.User;

/// <summary>Tells what came of a request: the label of its reply.</summary>
internal enum KvStatus : ushort
{
    /// <summary>It was carried out.</summary>
    Done,

    /// <summary>There is no such key.</summary>
    NotFound,

    /// <summary>None of the places is free where the key might be.</summary>
    Full,

    /// <summary>The message is none that the store knows.</summary>
    BadRequest,
}
