/// The version of Keyfold, as it is told to people and servers.
package let keyfoldVersion = "0.1.0"
