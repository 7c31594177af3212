namespace Rel4.Hosted.Linux;

/// <summary>Names what <c>prctl(2)</c> is asked for here.</summary>
internal enum ProcessControl
{
    SetParentDeathSignal = 1,
    SetDumpable = 4,
    ReadBoundingSet = 23,
    DropFromBoundingSet = 24,
    SetNoNewPrivileges = 38,
    Ambient = 47,
    SetTracer = 0x5961_6D61,
}

/// <summary>Names what the ambient set can be asked for (<c>PR_CAP_AMBIENT</c>).</summary>
internal enum AmbientControl
{
    ClearAll = 4,
}
