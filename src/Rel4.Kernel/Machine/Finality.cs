namespace Rel4.Kernel;

/// <summary>Tells whether a capability that is deleted is the last one to its object.</summary>
internal enum Finality
{
    /// <summary>Others are left.</summary>
    Shared,

    /// <summary>The object dies.</summary>
    Last,
}
