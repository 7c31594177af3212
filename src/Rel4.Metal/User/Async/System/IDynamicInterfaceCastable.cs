namespace System.Runtime.InteropServices;

/// <summary>What ilc looks for, by name, when it removes the code for types that decide at run time what they implement: there are none.</summary>
public interface IDynamicInterfaceCastable
{
    /// <summary>Finds how a type implements an interface.</summary>
    void GetDynamicInterfaceImplementation();
}
